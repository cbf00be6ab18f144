import { type Failure, listText } from './bench.ts';
import { type ConformanceCase, Skipped } from './conformance-case.ts';

/** A setting that no plug-in has. */
const UNKNOWN = 'no_such_setting_in_any_plugin';
const MOST_LEFT_OUT = 5;

export const START_CASES: readonly ConformanceCase[] = [
  {
    name: 'starts with its settings',
    async run(bench) {
      await bench.started();
      return [];
    },
  },
  {
    name: 'says what it is',
    async run(bench) {
      const { hello } = await bench.started();
      return [
        hello.description.trim() === '' ? 'Its description is empty.' : '',
        /\d/.test(hello.version) ? '' : `Its version "${hello.version}" has no number.`,
      ].filter((problem) => problem !== '');
    },
  },
  {
    name: 'is not made with a setting that it does not have',
    async run(bench) {
      const result = await bench.start({ settings: { ...bench.plugin.settings, [UNKNOWN]: 'x' } });
      if ('problems' in result && result.problems.some(({ setting }) => setting === UNKNOWN)) return [];
      return ['It was not refused.'];
    },
  },
  {
    name: 'is not made without a setting that it needs',
    async run(bench) {
      const { required } = (await bench.started()).hello;
      if (required.length === 0) return new Skipped('It needs none.');
      const problems: string[] = [];
      for (const name of required.slice(0, MOST_LEFT_OUT)) {
        const settings = Object.fromEntries(
          Object.entries(bench.plugin.settings).filter(([other]) => other !== name),
        );
        const result = await bench.start({ settings });
        if (!('problems' in result)) problems.push(`Without "${name}" it was not refused.`);
        else if (!result.problems.some(({ setting }) => setting === name))
          problems.push(`Without "${name}" it says: ${listText(result.problems)}`);
      }
      return problems;
    },
  },
  {
    name: 'says in words that its secrets are wrong',
    async run(bench, { wrongSecrets }) {
      const { secrets } = (await bench.started()).hello;
      if (!secrets.some((name) => bench.plugin.settings[name] !== undefined))
        return new Skipped('It is given no secrets.');
      if (!wrongSecrets) return new Skipped('It was not to be tried.');
      const result = await bench.start({ wrongSecrets: true });
      if ('problems' in result) return [];
      if ('failure' in result) return spoken('It was made with them', result.failure);
      const { session } = bench;
      const find = { method: 'findCredentials', session, search: '', limit: 10 } as const;
      const answer = await bench.ask(find, { of: result });
      if (answer.error !== undefined) return spoken('A search', answer.error);
      if (!result.capabilities.health) return new Skipped('It found credentials with wrong secrets.');
      const health = await bench.ask({ method: 'checkHealth' }, { of: result });
      if (health.error !== undefined) return spoken('A health check', health.error);
      bench.hear('what it says of its health', JSON.stringify(health.value));
      return [];
    },
  },
];

/** A failure must tell people why, and be one of the question rather than of the process. */
function spoken(what: string, { code, message, fatal }: Failure) {
  if (fatal) return [`${what} brought the process down: ${message}`];
  if (code === undefined)
    return [`${what} failed with something that is no PluginError: ${message.split('\n')[0]}`];
  return message.trim() === '' ? [`${what} failed without a word.`] : [];
}
