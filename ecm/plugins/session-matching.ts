import type { SessionContext } from '../sdk/plugin.ts';

/** The names by which the system of a session may be known, in small letters. */
export function hostsOf({ jumpItem }: SessionContext): string[] {
  if (jumpItem === undefined) return [];
  const names = [jumpItem.hostname, hostOfUrl(jumpItem.url), jumpItem.name];
  return [...new Set(names.map(normalHost).filter((name) => name !== ''))];
}

/** `web01`, `*.example.com`, an address, or a URL: whether it means a system of these names. */
export function fitsHost(pattern: string, hosts: readonly string[]): boolean {
  const wanted = normalHost(hostOfUrl(pattern) || pattern);
  if (wanted === '') return false;
  if (!wanted.includes('*')) return hosts.includes(wanted);
  const regex = new RegExp(`^${wanted.split('*').map(escaped).join('.*')}$`);
  return hosts.some((host) => regex.test(host));
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

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
