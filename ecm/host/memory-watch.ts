import { readFileSync, writeFileSync } from 'node:fs';

const EVERY_MS = 250;
const MEGABYTE = 1024 * 1024;

export interface MemoryWatch {
  stop(): void;
}

/**
 * Tells when a process keeps more than so many megabytes of memory resident, heap and buffers alike. Only Linux says what
 * a process uses; elsewhere the heap limit of the process has to do.
 */
export function watchMemory(
  pid: number | undefined,
  limitMb: number,
  onTooMuch: (usedMb: number) => void,
): MemoryWatch {
  if (process.platform !== 'linux' || pid === undefined) return { stop() {} };
  preferInTrouble(pid);
  const timer = setInterval(() => {
    const used = residentMb(pid);
    if (used !== undefined && used > limitMb) onTooMuch(used);
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

/** Undefined when the process is gone. */
export function residentMb(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Math.round((Number(kilobytes) * 1024) / MEGABYTE);
  } catch {
    return undefined;
  }
}

/** When memory runs out the kernel takes this process before others; a core file of it holds none of its memory. */
function preferInTrouble(pid: number): void {
  for (const [file, value] of [
    ['oom_score_adj', '500'],
    ['coredump_filter', '0'],
  ]) {
    try {
      writeFileSync(`/proc/${pid}/${file}`, `${value}\n`);
    } catch {
      // The process is gone already, or the system does not let us.
    }
  }
}
