const NOTICE_MINUTES = [15, 10, 5, 4, 3, 2, 1];

/** The next moment to tell the representative of the forced end, or undefined when the end is less than a minute off. */
export function nextNotice(endsAt: Date, now: Date): Date | undefined {
  for (const minutes of NOTICE_MINUTES) {
    const at = new Date(endsAt.getTime() - minutes * 60_000);
    if (at > now) return at;
  }
  return undefined;
}
