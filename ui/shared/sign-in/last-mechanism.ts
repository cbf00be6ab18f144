const KEY = 'bridgehead.sign-in';

/** How somebody signed in with this browser last: `password`, `passkey` or `provider-` and its id. No name is kept. */
export function lastMechanism(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    // Storage may be forbidden; then nothing is remembered.
    return undefined;
  }
}

export function rememberMechanism(mechanism: string): void {
  try {
    localStorage.setItem(KEY, mechanism);
  } catch {
    // As above.
  }
}
