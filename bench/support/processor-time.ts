import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks per second that Linux counts processor time in. */
const TICKS = 100;

/** Processor seconds that a process and its living descendants of the program node have used so far (Linux). */
export async function processorSeconds(pid: number): Promise<number> {
  const all = new Map<number, { parent: number; name: string; seconds: number }>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'latin1').catch(() => '');
    // The name stands in brackets and may hold anything, brackets too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    all.set(Number(entry), {
      parent: Number(fields[1]),
      name,
      seconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    });
  }
  const isOurs = (id: number): boolean => {
    const found = all.get(id);
    return found !== undefined && (id === pid || isOurs(found.parent));
  };
  let seconds = 0;
  for (const [id, { name, seconds: used }] of all)
    if (isOurs(id) && /^(node|MainThread)/.test(name)) seconds += used;
  return seconds;
}
