import type { PluginCall } from '../channel/messages.ts';
import type { ParsedCredential } from '../host/plugin-answers.ts';
import type { SessionContext } from '../sdk/plugin.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, Skipped } from './conformance-case.ts';

const LSID = 'c0f0a11ce0c0f0a11ce0c0f0a11ce000';
const HISTORY = `https://support.example.com/login/sessions?lsid=${LSID}`;
/** So many are fetched; a store may lend each to one session only. */
const MOST_FETCHED = 3;
/** Ids that are in no store, and that a careless one takes for something else. */
const UNKNOWN_IDS = [
  'zqxjkvbw-9b1f6d2e',
  '0',
  '../../../../etc/passwd',
  "' or '1'='1",
  '$(id)',
  '%2e%2e%2f',
  '{"id":1}',
  'ü'.repeat(255),
];

export const CREDENTIAL_CASES: readonly ConformanceCase[] = [
  {
    name: 'gives what it found',
    async run(bench) {
      const found = (await bench.found()).slice(0, MOST_FETCHED);
      if (found.length === 0) return new Skipped('It found nothing.');
      for (const { id } of found) {
        const given = await bench.fetch(id);
        await giveBack(bench, id, given);
      }
      return [];
    },
  },
  {
    name: 'says of credentials that do not exist that they are not found',
    async run(bench) {
      const problems: string[] = [];
      for (const credentialId of UNKNOWN_IDS) {
        const { session } = bench;
        const { error } = await bench.ask({ method: 'getCredential', session, credentialId });
        const what = `For the id ${JSON.stringify(credentialId.slice(0, 30))}`;
        if (error === undefined) problems.push(`${what} it gave a credential.`);
        else if (error.code !== 'not_found') {
          const how = error.code === undefined ? error.message.split('\n')[0] : error.code;
          problems.push(`${what} it failed otherwise: ${how}`);
        }
      }
      return problems;
    },
  },
  {
    name: 'takes a credential back, twice too, and one that it never gave',
    async run(bench) {
      if (!(await bench.started()).capabilities.release) return new Skipped('It takes none back.');
      const [first] = await bench.found();
      if (first === undefined) return new Skipped('It found nothing.');
      const given = await bench.fetch(first.id);
      const problems = await giveBack(bench, first.id, given);
      problems.push(...(await giveBack(bench, first.id, given, 'a second time ')));
      const { error } = await release(bench, 'zqxjkvbw-9b1f6d2e', undefined);
      if (error !== undefined && error.code !== 'not_found')
        problems.push(`To take back what it never gave failed: ${error.message}`);
      return problems;
    },
  },
  {
    name: 'hears that a session has started and ended, and hears it again',
    async run(bench) {
      const { sessionStarted, sessionComplete } = (await bench.started()).capabilities;
      if (!sessionStarted && !sessionComplete) return new Skipped('It does not want to hear of them.');
      const session = inSession(bench);
      const [first] = await bench.found();
      const credential = first === undefined ? {} : { credentialId: first.id };
      const notices: [what: string, wanted: boolean, call: PluginCall][] = [
        ['start', sessionStarted, { method: 'sessionStarted', session, ...credential, historyUrl: HISTORY }],
        ['end', sessionComplete, { method: 'sessionComplete', session }],
      ];
      const problems: string[] = [];
      for (const time of ['', ', told again'])
        for (const [what, wanted, call] of notices) {
          const error = wanted ? (await bench.ask(call)).error : undefined;
          if (error !== undefined) problems.push(`The ${what}${time}: ${error.message.split('\n')[0]}`);
        }
      return problems;
    },
  },
];

function inSession(bench: Bench): SessionContext {
  return { ...bench.session, lsid: bench.session.lsid ?? LSID };
}

function release(bench: Bench, credentialId: string, lease: string | undefined) {
  return bench.ask({
    method: 'releaseCredential',
    session: inSession(bench),
    credentialId,
    endedAt: new Date().toISOString(),
    ...(lease !== undefined && { lease }),
  });
}

/** Problems of giving back. */
async function giveBack(
  bench: Bench,
  id: string,
  { lease }: ParsedCredential,
  which = '',
): Promise<string[]> {
  if (!(await bench.started()).capabilities.release) return [];
  const { error } = await release(bench, id, lease);
  return error === undefined ? [] : [`To take "${id}" back ${which}failed: ${error.message}`];
}
