/** What was used once and must not be used again: assertions and requests of identity providers, by any process. */
export interface AssertionReplays {
  /** False: it was used before. Kept until then, by database time. */
  remember(providerId: number, messageId: string, until: Date): Promise<boolean>;
  deleteExpired(): Promise<number>;
}
