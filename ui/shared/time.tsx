const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** A moment in the viewer's zone; the exact time on hover. */
export function Time({ at, none = '–' }: { at: string | null | undefined; none?: string }) {
  if (!at) return <>{none}</>;
  const moment = new Date(at);
  return (
    <time dateTime={at} title={exact.format(moment)}>
      {short.format(moment)}
    </time>
  );
}

/** A moment in the viewer's zone, within a sentence. */
export function momentInWords(at: string): string {
  return short.format(new Date(at));
}

/** How long ago a moment was, in the largest whole unit, e.g. `3 days`; the exact time on hover. */
export function Age({ since }: { since: string }) {
  return (
    <time dateTime={since} title={exact.format(new Date(since))}>
      {ageInWords(Date.now() - Date.parse(since))}
    </time>
  );
}

function ageInWords(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  const units: [string, number][] = [
    ['day', Math.floor(minutes / 1440)],
    ['hour', Math.floor(minutes / 60)],
    ['minute', minutes],
  ];
  const [unit, count] = units.find(([, whole]) => whole > 0) ?? ['minute', 0];
  return count === 0 ? 'just now' : `${count.toLocaleString()} ${unit}${count === 1 ? '' : 's'}`;
}

/** `1:05:09` for a length of time. */
export function duration(fromIso: string, toIso: string | null | undefined): string {
  const seconds = Math.max(
    0,
    Math.round((Date.parse(toIso ?? new Date().toISOString()) - Date.parse(fromIso)) / 1000),
  );
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** What was typed as local time, as the API takes it. */
export function momentOf(local: string): string {
  const moment = new Date(local);
  return Number.isNaN(moment.getTime()) ? local : moment.toISOString().replace(/\.\d+Z$/, '+00:00');
}
