/** Rows that no longer open or limit anything. Leaving them would only cost space. */
export interface ExpiredAccess {
  /** Deletes expired tokens, browser sessions, unfinished sign-ins, forgotten failures and rate windows. Returns how many rows went. */
  deleteAll(): Promise<number>;
}
