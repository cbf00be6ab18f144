import type { PluginInstance } from '../host/plugin-instance.ts';
import type { SessionContext } from '../sdk/plugin.ts';
import { Bench, BenchProblem } from './bench.ts';
import { type ConformanceCase, type ConformanceOptions, Skipped, type Verdict } from './conformance-case.ts';
import type { ConformanceResult } from './conformance-result.ts';
import { CREDENTIAL_CASES } from './credential-cases.ts';
import { ORDER_CASES } from './order-cases.ts';
import { SEARCH_CASES } from './search-cases.ts';
import { START_CASES } from './start-cases.ts';

/** In this order: the last ones look at what the ones before have seen. */
const CASES = [...START_CASES, ...SEARCH_CASES, ...CREDENTIAL_CASES, ...ORDER_CASES];

/**
 * Tests a plug-in with real settings against everything a host expects of it. What it fetches from the store it gives
 * back. Each result is told as soon as it is there.
 */
export async function runConformance(
  plugin: PluginInstance,
  session: SessionContext,
  options: ConformanceOptions,
  tell: (result: ConformanceResult) => void = () => {},
): Promise<ConformanceResult[]> {
  const bench = new Bench(plugin, session);
  const results: ConformanceResult[] = [];
  try {
    for (const one of CASES) {
      const usable = results.length === 0 || results[0]!.outcome === 'passed';
      const verdict = usable ? await verdictOf(one, bench, options) : new Skipped('It does not start.');
      const result = resultOf(one.name, verdict, bench);
      results.push(result);
      tell(result);
    }
  } finally {
    await bench.end();
  }
  return results;
}

async function verdictOf(one: ConformanceCase, bench: Bench, options: ConformanceOptions): Promise<Verdict> {
  try {
    return await one.run(bench, options);
  } catch (cause) {
    if (cause instanceof BenchProblem) return [cause.message];
    throw cause;
  }
}

function resultOf(name: string, verdict: Verdict, bench: Bench): ConformanceResult {
  if (verdict instanceof Skipped) return { name, outcome: 'skipped', problems: [verdict.why] };
  const problems = verdict.map((problem) => bench.masked(problem));
  return { name, outcome: problems.length === 0 ? 'passed' : 'failed', problems };
}
