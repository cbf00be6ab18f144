import type { EndpointSummary } from '../sdk/plugin.ts';
import type { Answer } from './bench.ts';
import { type ConformanceCase, Skipped } from './conformance-case.ts';
import { sessionWith } from './described-session.ts';

const SHOWN = ['id', 'label', 'username'];
/** Nothing in any store is called so. */
const NOBODY = 'zqxjkvbw-9b1f6d2e';

export const SEARCH_CASES: readonly ConformanceCase[] = [
  {
    name: 'finds credentials for the session',
    async run(bench) {
      const found = await bench.found();
      if (found.length > 0) return [];
      return [
        'It found nothing, so its credentials cannot be tested. Describe a session for which it has some.',
      ];
    },
  },
  {
    name: 'shows id, label and user name of a credential, and nothing else',
    async run(bench) {
      const { value } = await bench.ask({
        method: 'findCredentials',
        session: bench.session,
        search: '',
        limit: 200,
      });
      const further = new Set<string>();
      for (const item of Array.isArray(value) ? (value as object[]) : [])
        for (const member of Object.keys(item)) if (!SHOWN.includes(member)) further.add(member);
      return [...further].map((member) => `A summary has a further member "${member}".`);
    },
  },
  {
    name: 'calls a credential the same in every search and after a restart',
    async run(bench) {
      const ids = async (search: Promise<{ id: string }[]>) =>
        (await search)
          .map(({ id }) => id)
          .sort()
          .join('\n');
      const first = await ids(bench.found());
      if (first !== (await ids(bench.find('')))) return ['A second search gave other ids.'];
      const again = await bench.start();
      if (!('process' in again)) return ['It did not start a second time.'];
      return first === (await ids(bench.find('', again))) ? [] : ['After a restart a search gave other ids.'];
    },
  },
  {
    name: 'finds by words, and nothing for words that nothing has',
    async run(bench) {
      const [first] = await bench.found();
      if (first === undefined) return new Skipped('It found nothing.');
      const problems: string[] = [];
      const word = longestWord(first.label);
      if (!(await bench.find(word)).some(({ id }) => id === first.id))
        problems.push(`A search for "${word}" does not find "${first.label}".`);
      // So does bh ssh --credential ask for one.
      if (!(await bench.find(first.label)).some(({ id }) => id === first.id))
        problems.push(`A search for the whole label does not find "${first.label}".`);
      if ((await bench.find(NOBODY)).length > 0)
        problems.push(`A search for "${NOBODY}" finds credentials: the search is not looked at.`);
      return problems;
    },
  },
  {
    name: 'answers about people and items of which little is known',
    async run(bench) {
      const { user, jumpItem } = bench.session;
      const bare = { emailAddress: '', distinguishedName: '', provider: '', displayName: '' };
      const sessions = {
        'without a Jump Item': { ...bench.session, jumpItem: undefined },
        'with an item that has no host name': {
          ...bench.session,
          jumpItem: jumpItem && { ...jumpItem, id: 0, hostname: '', name: '', port: undefined },
        },
        'with a person of whom only the name is known': { ...bench.session, user: { ...user, ...bare } },
      };
      const problems: string[] = [];
      for (const [which, session] of Object.entries(sessions)) {
        const answer = await bench.ask({ method: 'findCredentials', session, search: '', limit: 10 });
        problems.push(...orderly(`A search ${which}`, answer));
      }
      return problems;
    },
  },
  {
    name: 'finds endpoints',
    async run(bench) {
      if (!(await bench.started()).capabilities.endpointSearch)
        return new Skipped('It does not look for any.');
      await bench.endpoints('');
      return [];
    },
  },
  {
    name: 'finds endpoints by words, of the kinds asked for, and calls them the same every time',
    async run(bench) {
      if (!(await bench.started()).capabilities.endpointSearch)
        return new Skipped('It does not look for any.');
      const first = await bench.endpoints('');
      if (first.length === 0) return new Skipped('It found none without words.');
      const problems: string[] = [];
      const again = await bench.endpoints('');
      if (listOf(first) !== listOf(again)) problems.push('A second search gave other ids.');
      if ((await bench.endpoints(NOBODY)).length > 0)
        problems.push(`A search for "${NOBODY}" finds endpoints: the search is not looked at.`);
      const { id, type, label } = first[0]!;
      const ofKind = await bench.endpoints('', [type]);
      if (!ofKind.some((one) => one.id === id && one.type === type))
        problems.push(`A search for the kind ${type} does not find "${label}".`);
      return problems;
    },
  },
  {
    name: 'finds credentials for an endpoint that it found',
    async run(bench) {
      if (!(await bench.started()).capabilities.endpointSearch)
        return new Skipped('It does not look for any.');
      const [endpoint] = await bench.endpoints('');
      if (endpoint === undefined) return new Skipped('It found none.');
      const session = sessionWith(bench.session, endpoint);
      const call = { method: 'findCredentials', session, search: '', limit: 50 } as const;
      return orderly(`A search for credentials of "${endpoint.label}"`, await bench.ask(call));
    },
  },
];

function listOf(endpoints: readonly EndpointSummary[]): string {
  return endpoints
    .map(({ id }) => id)
    .sort()
    .join('\n');
}

/** Nothing but a value or a failure in words. */
export function orderly(what: string, { error }: Answer): string[] {
  if (error === undefined) return [];
  if (error.fatal) return [`${what}: ${error.message}`];
  return error.code === undefined
    ? [`${what} failed without a PluginError: ${error.message.split('\n')[0]}`]
    : [];
}

function longestWord(label: string): string {
  const words = label.split(/[^\p{L}\p{N}]+/u).sort((a, b) => b.length - a.length);
  return words[0] || label;
}
