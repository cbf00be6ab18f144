import type { components } from '../api/generated/openapi.ts';
import { CommandFailure } from './command.ts';
import { harmless } from './output.ts';
import type { Server } from './server.ts';
import type { ShellSubject } from './shell-session.ts';
import { choose } from './terminal/ask.ts';
import type { KeyInput } from './terminal/key-input.ts';
import { SHELL_FAILED } from './terminal/relay-terminal.ts';

type SessionCredential = components['schemas']['SessionCredential'];
type CredentialList = components['schemas']['CredentialList'];
type OfferedCredential = components['schemas']['OfferedCredential'];

export interface CredentialWish {
  /** A name, or `vault:ID` or `ecm:ID`. */
  named: string | undefined;
  /** None is to be injected. */
  none: boolean;
  /** Ask, whatever the default is. */
  change: boolean;
  /** Make it the default of the Jump Item. */
  remember: boolean;
}

const REFERENCE = /^(vault|ecm):(.+)$/s;
/** Choices printed at once; a name narrows them. */
const MOST_LINES = 30;

/**
 * What to start a session with. Undefined leaves it to the server (the person's default of the Jump Item, or nothing),
 * null injects nothing. Asks only on a terminal, and only somebody who has credentials for this target and no default.
 */
export async function credentialFor(
  server: Server,
  subject: ShellSubject,
  wish: CredentialWish,
  keys: KeyInput | undefined,
): Promise<SessionCredential | null | undefined> {
  const remember = wish.remember ? { remember: true } : {};
  if (wish.none) return null;
  if (wish.named !== undefined) {
    const [, source, id] = REFERENCE.exec(wish.named) ?? [];
    if (source !== undefined && id !== undefined) {
      return { source: source as SessionCredential['source'], id, ...remember };
    }
    return { ...(await namedCredential(server, subject, wish.named, keys)), ...remember };
  }
  if (keys === undefined || !process.stdin.isTTY) {
    if (wish.change) throw new CommandFailure('Choosing a credential needs a terminal; name one instead.');
    return undefined;
  }
  const offer = await offerFor(server, subject, '');
  if (offer.default?.available && !wish.change) return undefined;
  if (offer.default !== null && !offer.default.available) {
    const unknown = offer.default.source === 'ecm' && offer.problems.length > 0;
    process.stderr.write(
      `Your default credential ${harmless(offer.default.name)} cannot be ${unknown ? 'looked up now' : 'used for this Jump Item any longer'}.\r\n`,
    );
  } else if (offer.items.length === 0) {
    if (wish.change) process.stderr.write('You have no credential for this system.\r\n');
    for (const problem of offer.problems) process.stderr.write(`${harmless(problem)}\r\n`);
    return null;
  }
  for (const problem of offer.problems) process.stderr.write(`${harmless(problem)}\r\n`);
  return await asked(keys, offer, wish);
}

async function asked(
  keys: KeyInput,
  offer: CredentialList,
  { remember }: CredentialWish,
): Promise<SessionCredential | null> {
  const shown = offer.items.slice(0, MOST_LINES);
  const more = offer.truncated || offer.items.length > shown.length;
  const hint = more ? ' (there are more: name one with --credential)' : '';
  const chosen = await choose<OfferedCredential | null>(
    keys,
    `Sign in with${hint}:`,
    [...shown.map(line), 'none, I sign in by hand'],
    [...shown, null],
  );
  return chosen && { source: chosen.source, id: chosen.id, ...(remember && { remember: true }) };
}

/** One of exactly that name goes before those that only contain the words. */
async function namedCredential(
  server: Server,
  subject: ShellSubject,
  wanted: string,
  keys: KeyInput | undefined,
): Promise<SessionCredential> {
  const { items, problems } = await offerFor(server, subject, wanted);
  const exact = items.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const hits = exact.length > 0 ? exact : items;
  const [first] = hits;
  if (first === undefined) {
    const why = problems.map((problem) => ` ${harmless(problem)}`).join('');
    throw new CommandFailure(`No credential that you may use here matches ${wanted}.${why}`, SHELL_FAILED);
  }
  if (hits.length > 1 && (keys === undefined || !process.stdin.isTTY)) {
    throw new CommandFailure(
      [
        `Several credentials match ${wanted}:`,
        ...hits.slice(0, MOST_LINES).map((hit) => `  ${hit.source}:${harmless(hit.id)}  ${line(hit)}`),
        'Name one by its id.',
      ].join('\n'),
      SHELL_FAILED,
    );
  }
  const shown = hits.slice(0, MOST_LINES);
  const chosen =
    hits.length === 1
      ? first
      : await choose(keys!, `Several credentials match ${wanted}:`, shown.map(line), shown);
  return { source: chosen.source, id: chosen.id };
}

async function offerFor(server: Server, subject: ShellSubject, search: string): Promise<CredentialList> {
  const target =
    'jump_item' in subject
      ? { jump_item_type: subject.jump_item.type, jump_item_id: String(subject.jump_item.id) }
      : adHocQuery(subject.ad_hoc);
  return await server.call<CredentialList>('GET', '/credential', {
    query: { ...target, ...(search !== '' && { search }) },
  });
}

function adHocQuery({ hostname, endpoint_handle: handle }: Record<string, unknown>): Record<string, string> {
  return { hostname: String(hostname), ...(handle !== undefined && { endpoint_handle: String(handle) }) };
}

function line({
  source,
  name,
  username,
  group,
  section,
  favorite,
  default: preset,
}: OfferedCredential): string {
  const origin = group !== '' && source === 'vault' ? `group ${group}` : group;
  const facts = [username, origin].filter((fact) => fact !== '').join(', ');
  const marks = [
    preset ? 'your default' : '',
    section === 'recommended' ? 'recommended' : '',
    favorite ? 'favourite' : '',
  ]
    .filter((mark) => mark !== '')
    .join(', ');
  return harmless(`${name}${facts === '' ? '' : ` (${facts})`}${marks === '' ? '' : ` - ${marks}`}`);
}
