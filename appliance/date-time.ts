/** A moment as everything the appliance tells writes it: UTC, whole seconds, ending in `+00:00`. */
export function dateTime(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}+00:00`;
}
