import type { components } from '../api/generated/openapi.ts';
import { CommandFailure } from './command.ts';
import { harmless, note } from './output.ts';
import type { Server } from './server.ts';
import { choose } from './terminal/ask.ts';
import type { KeyInput } from './terminal/key-input.ts';
import { SHELL_FAILED } from './terminal/relay-terminal.ts';

type VaultSystem = components['schemas']['EcmEndpoint'];
type VaultSystemList = components['schemas']['EcmEndpointList'];

const KIND = 'shell_jump';
const MOST_CHOICES = 50;

/**
 * A system that the organisation's own vault knows, by its id, its name, its host or words. One that is called exactly so
 * goes before those that only contain the words.
 */
export async function vaultSystem(
  server: Server,
  wanted: string,
  keys: KeyInput | undefined,
): Promise<VaultSystem> {
  const found = await search(server, wanted);
  for (const problem of found.problems) note(harmless(problem));
  const shells = found.items.filter(({ type }) => type === KIND);
  const same = (text: string) => text.toLowerCase() === wanted.toLowerCase();
  const byId = shells.filter(({ id }) => id === wanted);
  const exact =
    byId.length > 0 ? byId : shells.filter(({ label, hostname }) => same(label) || same(hostname));
  const hits = (exact.length > 0 ? exact : shells).slice(0, MOST_CHOICES);
  const [first] = hits;
  if (first === undefined) {
    throw new CommandFailure(`Your organisation's vault shows no Shell Jump to ${wanted}.`, SHELL_FAILED);
  }
  if (hits.length === 1) return first;
  const lines = hits.map(line);
  if (keys === undefined || !process.stdin.isTTY) {
    throw new CommandFailure(
      [
        `Several systems in your organisation's vault match ${wanted}:`,
        ...lines.map((text, n) => `  ${harmless(hits[n]!.id)}  ${text}`),
        'Name one by its id.',
      ].join('\n'),
      SHELL_FAILED,
    );
  }
  return await choose(keys, `Several systems in your organisation's vault match ${wanted}:`, lines, hits);
}

/** Vaults search for words; an id, with its plug-in in front, is looked for in everything they list. */
async function search(server: Server, wanted: string): Promise<VaultSystemList> {
  const ask = (words: string) =>
    server.call<VaultSystemList>('GET', '/ecm-endpoint', { query: { search: words } });
  const found = await ask(wanted);
  if (found.items.length > 0 || !wanted.includes(':')) return found;
  const all = await ask('');
  return { ...all, items: all.items.filter(({ id }) => id === wanted) };
}

function line({ label, hostname, port }: VaultSystem): string {
  return harmless(`${label} (${hostname}${port === null ? '' : `:${port}`})`);
}
