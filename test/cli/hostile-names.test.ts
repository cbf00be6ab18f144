import { afterEach, expect, it, vi } from 'vitest';
import { credentialFor } from '../../cli/credentials.ts';
import type { Server } from '../../cli/server.ts';
import { vaultSystem } from '../../cli/vault-systems.ts';

/** Clears the screen and retitles the window. */
const ESCAPES = '\u001b[2J\u001b]0;root\u0007';
const problems = [`vault: ${ESCAPES}`];

afterEach(() => vi.restoreAllMocks());

it('shows systems and troubles of a vault without what would steer the terminal', async () => {
  const system = (n: number) => ({
    id: `vault:${ESCAPES}${n}`,
    label: `db ${ESCAPES}`,
    type: 'shell_jump',
    hostname: `db-${n}${ESCAPES}`,
    port: 22,
  });
  const server = answering({ items: [system(1), system(2)], truncated: false, problems });
  expect(await toldBy(() => vaultSystem(server, 'web', undefined))).toMatch(
    /^vault: .*match web:\n {2}vault:.*1 {2}db .* \(db-1.*:22\)\n/s,
  );
});

it('shows credentials of a vault in the same way', async () => {
  const credential = (n: number) => ({
    source: 'ecm',
    id: `vault:${ESCAPES}${n}`,
    name: `root ${ESCAPES}`,
    username: ESCAPES,
    group: ESCAPES,
    section: 'other',
    favorite: false,
    default: false,
  });
  const named = { named: 'admin', none: false, change: false, remember: false };
  const subject = { jump_item: { type: 'shell_jump', id: 1 } } as never;
  const several = answering({ items: [credential(1), credential(2)], truncated: false, problems });
  expect(await toldBy(() => credentialFor(several, subject, named, undefined))).toContain('ecm:vault:');
  const none = answering({ items: [], truncated: false, problems });
  expect(await toldBy(() => credentialFor(none, subject, named, undefined))).toContain(
    'matches admin. vault: ',
  );
});

function answering(answer: object): Server {
  return { call: async () => answer } as unknown as Server;
}

/** What a command says that fails: beside it and of it. None of it is a control character but the ends of lines. */
async function toldBy(work: () => Promise<unknown>): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const failure = await work().then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
  const told = `${written.join('')}${failure.message}`;
  expect(told.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  return told;
}
