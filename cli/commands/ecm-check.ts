import { randomBytes } from 'node:crypto';
import { EcmFailure, type Found, type PluginInfo } from '../../ecm/host/ecm-operations.ts';
import type { PluginSet } from '../../ecm/host/plugin-set.ts';
import { startPlugins } from '../../ecm/host/start-plugins.ts';
import type { CredentialPackage, CredentialSummary, SessionContext } from '../../ecm/sdk/plugin.ts';
import { type Arguments, type Command, EXIT, JSON_OPTION } from '../command.ts';
import { SESSION_OPTIONS, sessionOf } from '../described-session-options.ts';
import { CONFIG_OPTIONS, configuredInstances, inWords } from '../ecm-instances.ts';
import { harmless, note, say, sayJson, table } from '../output.ts';

const MOST_FOUND = 200;
const MOST_FETCHED = 5;
/** So long a first health check is waited for. */
const HEALTH_MS = 10_000;

interface Got {
  id: string;
  /** What there is of the credential, e.g. `user name, password`. Never what it is. */
  holds: string;
  problem: string;
}

export const ecmCheck: Command = {
  words: 'ecm check',
  operands: '--config FILE',
  summary: 'start the plug-ins of an ECM host and ask them about a session',
  details: `Shows how each plug-in is and which credentials there are for the session that is described; no secrets. With
--get each of the first ${MOST_FETCHED} is fetched and given back, to see whether that works. What the plug-ins log goes to standard error.
Exit codes: 0 all of it worked, 1 something did not, 2 the command line or the file makes no sense.`,
  options: {
    ...CONFIG_OPTIONS,
    ...SESSION_OPTIONS,
    search: { type: 'string', value: 'WORDS', help: 'only credentials that fit these words' },
    get: { type: 'boolean', help: 'fetch the first of them too, and give them back' },
    credential: { type: 'string', value: 'ID', help: 'fetch this one, and give it back' },
    ...JSON_OPTION,
  },
  operandCount: { from: 0, to: 0 },
  async run(args) {
    const plugins = await configuredInstances(args);
    const session = sessionOf(args);
    const log = { info: logged('info'), warn: logged('warn'), error: logged('error') };
    const host = await inWords(() => startPlugins({ file: args.text('config')!, plugins }, { log }));
    try {
      return await check(host, session, args);
    } finally {
      await host.close();
    }
  },
};

async function check(host: PluginSet, session: SessionContext, args: Arguments): Promise<number> {
  const signal = AbortSignal.timeout(120_000);
  await healthKnown(host);
  const search = args.text('search') ?? '';
  const found = await host.findCredentials(session, { search, limit: MOST_FOUND, signal });
  const got: Got[] = [];
  for (const id of fetchedIds(found, args)) got.push(await fetched(host, session, id));
  const plugins = host.plugins();
  if (args.flag('json')) sayJson({ plugins, found, got });
  else show(plugins, found, got);
  const failed =
    plugins.some(({ state, health }) => state !== 'running' || health?.healthy === false) ||
    found.problems.length > 0 ||
    got.some(({ problem }) => problem !== '');
  return failed ? EXIT.failed : EXIT.done;
}

function fetchedIds({ items }: Found<CredentialSummary>, args: Arguments): string[] {
  const one = args.text('credential');
  if (one !== undefined) return [one];
  return args.flag('get') ? items.slice(0, MOST_FETCHED).map(({ id }) => id) : [];
}

async function fetched(host: PluginSet, context: SessionContext, id: string): Promise<Got> {
  const session = { ...context, lsid: randomBytes(16).toString('hex') };
  const signal = AbortSignal.timeout(60_000);
  try {
    const { credential, lease } = await host.getCredential(session, id, { signal });
    await host.releaseCredential(session, id, new Date(), { lease, signal });
    return { id, holds: holdingsOf(credential), problem: '' };
  } catch (cause) {
    if (!(cause instanceof EcmFailure)) throw cause;
    return { id, holds: '', problem: `${cause.code}: ${cause.message}` };
  }
}

const MEMBERS: Record<keyof CredentialPackage, string> = {
  username: 'user name',
  domain: 'domain',
  password: 'password',
  privateKey: 'private key',
  passphrase: 'passphrase',
  certificate: 'certificate',
};

function holdingsOf(credential: CredentialPackage): string {
  return Object.entries(MEMBERS)
    .filter(([member]) => credential[member as keyof CredentialPackage] !== undefined)
    .map(([, words]) => words)
    .join(', ');
}

async function healthKnown(host: PluginSet): Promise<void> {
  const end = Date.now() + HEALTH_MS;
  const waits = ({ state, capabilities, health }: PluginInfo) =>
    state === 'running' && capabilities.health && health === undefined;
  while (host.plugins().some(waits) && Date.now() < end) await new Promise((done) => setTimeout(done, 50));
}

function show(plugins: readonly PluginInfo[], found: Found<CredentialSummary>, got: readonly Got[]): void {
  say(
    table(
      [
        { title: 'Plug-in', of: ({ instance }) => instance },
        { title: 'Is', of: ({ name, version }) => `${name} ${version}`.trim() },
        { title: 'State', of: ({ state }) => state },
        { title: 'Health', of: healthText },
      ],
      plugins,
    ),
  );
  say('');
  say(
    found.items.length === 0
      ? 'No credentials for this session.'
      : table(
          [
            { title: 'Credential', of: ({ id }) => id },
            { title: 'Label', of: ({ label }) => label },
            { title: 'User name', of: ({ username }) => username },
          ],
          found.items,
        ),
  );
  if (found.truncated) say(`There are more than these ${found.items.length}; --search narrows them.`);
  for (const { message } of found.problems) say(`Problem: ${harmless(message)}`);
  if (got.length > 0) say('');
  for (const { id, holds, problem } of got)
    say(
      `${harmless(id)}: ${problem === '' ? `fetched (${holds}) and given back` : `FAILED ${harmless(problem)}`}`,
    );
}

function healthText({ health, problem }: PluginInfo): string {
  if (problem !== undefined) return problem;
  if (health === undefined) return '';
  return `${health.healthy ? 'healthy' : 'NOT HEALTHY'}: ${health.detail}`.replace(/: $/, '');
}

function logged(level: string) {
  return (facts: object, message: string) => {
    const { plugin = '', ...others } = facts as { plugin?: string };
    const more = Object.entries(others)
      .map(([name, value]) => ` ${name}=${String(value)}`)
      .join('');
    note(harmless(`[${plugin}] ${level === 'info' ? '' : `${level}: `}${message}${more}`));
  };
}
