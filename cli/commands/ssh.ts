import { readFile } from 'node:fs/promises';
import type { components } from '../../api/generated/openapi.ts';
import {
  type Arguments,
  type Command,
  CommandFailure,
  EXIT,
  SERVER_OPTIONS,
  usageFailure,
} from '../command.ts';
import { type CredentialWish, credentialFor } from '../credentials.ts';
import { findJumpItems, type JumpItem, jumpItemLine } from '../jump-items.ts';
import { type Server, signedInServer } from '../server.ts';
import { runShell, type ShellSubject } from '../shell-session.ts';
import { choose } from '../terminal/ask.ts';
import { Interrupted, KeyInput } from '../terminal/key-input.ts';
import { SHELL_FAILED } from '../terminal/relay-terminal.ts';
import { vaultSystem } from '../vault-systems.ts';

const MOST_CHOICES = 50;

export const ssh: Command = {
  words: 'ssh',
  operands: '[ACCOUNT@]ITEM',
  summary: 'work in a Shell Jump Item in this terminal',
  details: `ITEM is a name, a host or words to search for; when several items match you choose. ACCOUNT is the login name on
the target, instead of the item's own. With --jumpoint, ITEM is a host that need not be saved; with --endpoint besides, it
is a system that your organisation's vault knows: its id there, its name, its host or words.
On a terminal you are asked which credential to use when you have some for the item and none is your default.
Escapes at the beginning of a line: ~. ends the session, ~~ types a tilde, ~? shows them.
Ends with the exit code of the remote shell, or 255.`,
  options: {
    ...SERVER_OPTIONS,
    identity: { type: 'string', short: 'i', value: 'FILE', help: 'private key to offer to the target' },
    credential: {
      type: 'string',
      value: 'NAME',
      help: 'have this credential injected: a name, vault:ID or ecm:ID',
    },
    'no-credential': { type: 'boolean', help: 'sign in by hand, whatever the default credential is' },
    'choose-credential': { type: 'boolean', help: 'ask which credential to use instead of the default' },
    remember: { type: 'boolean', help: 'make the credential the default of the Jump Item' },
    id: { type: 'boolean', help: 'ITEM is the id of a Shell Jump Item' },
    jumpoint: { type: 'string', value: 'NAME', help: 'jump to the host ITEM through this Jumpoint' },
    endpoint: {
      type: 'boolean',
      help: "with --jumpoint: ITEM is a system in your organisation's vault",
    },
    port: {
      type: 'string',
      short: 'p',
      value: 'N',
      help: 'with --jumpoint: another port than the usual one',
    },
    telnet: { type: 'boolean', help: 'with --jumpoint: Telnet instead of SSH' },
    'external-key': { type: 'string', value: 'KEY', help: 'key of the ticket this is done for' },
    attribute: {
      type: 'string',
      value: 'NAME=VALUE',
      multiple: true,
      help: 'custom session attribute; may be given several times',
    },
    'ticket-id': { type: 'string', value: 'ID', help: 'ticket id that the Jump Policy asks for' },
    'override-schedule': { type: 'boolean', help: 'start outside the schedule, for those who may' },
  },
  operandCount: { from: 1, to: 20 },
  async run(args) {
    const server = await signedInServer(args);
    const { account, item } = splitTarget(args.operands.join(' '));
    const attributes = attributesOf(args.texts('attribute'));
    const identity = args.text('identity');
    const given = { privateKey: identity === undefined ? undefined : await readKey(identity) };
    const keys = KeyInput.open();
    try {
      const subject = await subjectOf(server, item, account, args, keys);
      const credential = await credentialFor(server, subject, wishOf(args, account, identity), keys);
      return await runShell(
        server,
        subject,
        {
          external_key: args.text('external-key') ?? null,
          ...(attributes !== undefined && { custom_attributes: attributes }),
          ticket_id: args.text('ticket-id') ?? null,
          override_schedule: args.flag('override-schedule'),
          ...(credential !== undefined && { credential }),
          ...('jump_item' in subject && { username: account ?? null }),
        },
        keys,
        given,
      );
    } catch (error) {
      if (error instanceof Interrupted) return EXIT.interrupted;
      throw error;
    } finally {
      keys?.close();
    }
  },
};

/** Whoever brings a login name or a key of their own is not asked for a credential. */
function wishOf(args: Arguments, account: string | undefined, identity: string | undefined): CredentialWish {
  const named = args.text('credential');
  const byHand = account !== undefined || identity !== undefined || args.flag('telnet');
  const change = args.flag('choose-credential');
  const none = args.flag('no-credential');
  if (Number(named !== undefined) + Number(change) + Number(none) > 1) {
    throw usageFailure('Give one of --credential, --choose-credential and --no-credential.');
  }
  return {
    named,
    change,
    remember: args.flag('remember'),
    none: none || (byHand && named === undefined && !change),
  };
}

/** Login names may hold an @ themselves, hosts cannot. */
export function splitTarget(text: string): { account: string | undefined; item: string } {
  const at = text.lastIndexOf('@');
  return at <= 0
    ? { account: undefined, item: text }
    : { account: text.slice(0, at), item: text.slice(at + 1) };
}

/** Each text is `name=value`; undefined when there are none. */
function attributesOf(texts: string[]): Record<string, string> | undefined {
  const attributes = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^([A-Za-z0-9_-]{1,64})=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw usageFailure(`--attribute wants NAME=VALUE, with the code name of an attribute: ${text}`);
    }
    if (attributes.has(name)) throw usageFailure(`--attribute ${name} is given twice.`);
    attributes.set(name, value);
  }
  return attributes.size === 0 ? undefined : Object.fromEntries(attributes);
}

async function subjectOf(
  server: Server,
  item: string,
  account: string | undefined,
  args: Arguments,
  keys: KeyInput | undefined,
): Promise<ShellSubject> {
  if (args.text('jumpoint') !== undefined) return adHoc(server, item, account, args, keys);
  if (args.flag('endpoint')) throw usageFailure('--endpoint wants --jumpoint NAME, through which to jump.');
  if (args.flag('id')) {
    if (!/^\d+$/.test(item)) throw usageFailure(`${item} is not an id.`);
    return { jump_item: { type: 'shell_jump', id: Number(item) } };
  }
  const chosen = await chooseItem(server, item, keys);
  return { jump_item: { type: chosen.type, id: chosen.id } };
}

async function adHoc(
  server: Server,
  item: string,
  account: string | undefined,
  args: Arguments,
  keys: KeyInput | undefined,
): Promise<ShellSubject> {
  const name = args.text('jumpoint')!;
  const [jumpoint] = await server.call<components['schemas']['Jumpoint'][]>('GET', '/jumpoint', {
    query: { name },
  });
  if (jumpoint === undefined) throw new CommandFailure(`There is no Jumpoint named ${name}.`, SHELL_FAILED);
  const port = args.text('port');
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw usageFailure('--port wants a number.');
  const system = args.flag('endpoint') ? await vaultSystem(server, item, keys) : undefined;
  const wantedPort = port === undefined ? system?.port : Number(port);
  return {
    ad_hoc: {
      type: 'shell_jump',
      jumpoint_id: jumpoint.id,
      hostname: system?.hostname ?? item,
      protocol: args.flag('telnet') ? 'telnet' : 'ssh',
      ...(wantedPort != null && { port: wantedPort }),
      ...(system !== undefined && { endpoint_handle: system.handle }),
      ...(account !== undefined && { username: account }),
    },
  };
}

/** An item of exactly that name or host goes before items that only contain the words. */
async function chooseItem(server: Server, wanted: string, keys: KeyInput | undefined): Promise<JumpItem> {
  const found = await findJumpItems(server, { search: wanted, type: 'shell_jump' }, MOST_CHOICES);
  const same = (text: string) => text.toLowerCase() === wanted.toLowerCase();
  const named = found.items.filter((item) => same(item.name));
  const exact = named.length > 0 ? named : found.items.filter((item) => same(item.hostname));
  const hits = exact.length > 0 ? exact : found.items;
  if (hits.length === 0) throw new CommandFailure(`No Shell Jump Item matches ${wanted}.`, SHELL_FAILED);
  if (hits.length === 1) return hits[0]!;
  const lines = hits.map(jumpItemLine);
  if (keys === undefined || !process.stdin.isTTY) {
    throw new CommandFailure(
      [
        `Several Shell Jump Items match ${wanted}:`,
        ...lines.map((line, n) => `  ${hits[n]!.id}  ${line}`),
        'Choose one with --id.',
      ].join('\n'),
      SHELL_FAILED,
    );
  }
  const more = found.total > found.items.length ? ` (the first ${found.items.length} of ${found.total})` : '';
  return choose(keys, `Several Shell Jump Items match ${wanted}${more}:`, lines, hits);
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
