/** What a check of a message was about; a stable word that steps of a trace carry. */
export type SamlCheck =
  | 'message'
  | 'status'
  | 'issuer'
  | 'destination'
  | 'in_response_to'
  | 'decryption'
  | 'signature'
  | 'conditions'
  | 'clock'
  | 'audience'
  | 'recipient'
  | 'replay'
  | 'attributes';

/** Why a message is not believed. For the audit log and the administrator's test, never for the screen of a sign-in. */
export class SamlRefusal extends Error {
  readonly check: SamlCheck;
  readonly advice: string | undefined;

  constructor(check: SamlCheck, message: string, advice?: string) {
    super(message);
    this.name = 'SamlRefusal';
    this.check = check;
    this.advice = advice;
  }
}
