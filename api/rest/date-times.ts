/** As the contract writes them: UTC, whole seconds, ending in `+00:00`. */
export function dateTime(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}+00:00`;
}

export function dateTimeOrNull(moment: Date | null | undefined): string | null {
  return moment ? dateTime(moment) : null;
}
