import type { PluginCall } from '../channel/messages.ts';
import { parseHealth, WrongAnswer } from '../host/plugin-answers.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, Skipped } from './conformance-case.ts';
import { orderly } from './search-cases.ts';

const AT_ONCE = 8;
const CANCELLED_MS = 5000;

export const ORDER_CASES: readonly ConformanceCase[] = [
  {
    name: 'answers several questions at the same time',
    async run(bench) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => bench.ask(search(bench))));
      return [...new Set(answers.flatMap((answer) => orderly('One of them', answer)))];
    },
  },
  {
    name: 'ends a question that is cancelled, and answers the next',
    async run(bench) {
      const { process } = await bench.started();
      const [first] = await bench.found();
      const questions: PluginCall[] = [search(bench)];
      if (first !== undefined)
        questions.push({ method: 'getCredential', session: bench.session, credentialId: `${first.id}?` });
      for (const question of questions) {
        const cancel = new AbortController();
        const asked = bench.ask(question, { signal: cancel.signal });
        setImmediate(() => cancel.abort());
        await asked;
      }
      const end = Date.now() + CANCELLED_MS;
      while (process.abandonedCalls > 0 && Date.now() < end)
        await new Promise((done) => setTimeout(done, 20));
      if (process.abandonedCalls > 0)
        return [
          `A cancelled question was not ended within ${CANCELLED_MS / 1000} seconds: look at the signal.`,
        ];
      return orderly('The next question', await bench.ask(search(bench)));
    },
  },
  {
    name: 'says how it is',
    async run(bench) {
      if (!(await bench.started()).capabilities.health) return new Skipped('It cannot say.');
      const { value, error } = await bench.ask({ method: 'checkHealth' });
      if (error !== undefined)
        return [`The health check failed instead of saying what is wrong: ${error.message}`];
      bench.hear('what it says of its health', JSON.stringify(value));
      try {
        const { healthy, detail } = parseHealth(value);
        if (healthy) return [];
        return [`It is not healthy: ${detail === '' ? 'without a word' : detail}`];
      } catch (cause) {
        if (cause instanceof WrongAnswer) return [cause.message];
        throw cause;
      }
    },
  },
  {
    name: 'ends when it is asked to',
    async run(bench) {
      const last = await bench.start();
      if (!('process' in last)) return ['It did not start again.'];
      await bench.ask(search(bench), { of: last });
      await last.process.close();
      const reason = await last.process.ended;
      return reason === 'it was closed' ? [] : [`It did not: ${reason}.`];
    },
  },
  {
    name: 'keeps secrets out of summaries, messages and its log',
    async run(bench) {
      return bench.leaks();
    },
  },
];

function search(bench: Bench): PluginCall {
  return { method: 'findCredentials', session: bench.session, search: '', limit: 50 };
}
