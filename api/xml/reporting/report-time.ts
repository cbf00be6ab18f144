import { type XmlElement, xml } from '../xml-renderer.ts';

/** UNIX seconds. A moment belongs to the second it lies in, so that a window from that second on includes it. */
export function wholeSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}

/** `2024-12-03T15:26:05+00:00` with the UNIX seconds as `timestamp`. */
export function timeElement(name: string, moment: Date): XmlElement {
  const seconds = wholeSeconds(moment);
  const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}+00:00`;
  return xml(name, { timestamp: seconds }, text);
}

/** `HH:MM:SS` between two moments; the hours grow past 99 when they must. */
export function durationText(from: Date, to: Date): string {
  const seconds = Math.max(0, wholeSeconds(to) - wholeSeconds(from));
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
