/**
 * Milliseconds of processor time that this process spends on `work`, every thread of it counted. Unlike the time that
 * passes it does not grow with what else runs on the machine.
 */
export async function processorTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
