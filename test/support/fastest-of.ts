/** Milliseconds of the fastest run: what else the machine does at the time slows the others. */
export async function fastestOf(runs: number, run: () => Promise<void>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let done = 0; done < runs; done++) {
    const started = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - started);
  }
  return fastest;
}
