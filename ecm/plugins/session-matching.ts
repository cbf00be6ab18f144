import type { SessionContext } from '../sdk/plugin.ts';

/**
 * The names of the system that a session goes to, in small letters: its host name, or that of its URL. Not the name of the
 * Jump Item: whoever edits one may call it what they like, and have it lead elsewhere.
 */
export function hostsOf({ jumpItem }: SessionContext): string[] {
  if (jumpItem === undefined) return [];
  const names = [jumpItem.hostname, hostOfUrl(jumpItem.url)];
  return [...new Set(names.map(normalHost).filter((name) => name !== ''))];
}

/** `web01`, `*.example.com`, an address, or a URL: whether it means a system of these names. */
export function fitsHost(pattern: string, hosts: readonly string[]): boolean {
  const wanted = normalHost(hostOfUrl(pattern) || pattern);
  return wanted !== '' && hosts.some((host) => fitsPattern(wanted, host));
}

/** Whether a text fits a pattern in which a star stands for any characters. Its time does not grow with the stars. */
export function fitsPattern(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The hosts of a field such as `web01, web02 *.db.example.com`. */
export function hostPatterns(text: string): string[] {
  return text.split(/[\s,;]+/).filter((pattern) => pattern !== '');
}

/** Every word is somewhere in the texts, whatever its case. */
export function fitsWords(search: string, texts: readonly (string | undefined)[]): boolean {
  const all = texts.join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

function hostOfUrl(text: string): string {
  return text.includes('://') && URL.canParse(text) ? new URL(text).hostname : '';
}

function normalHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
