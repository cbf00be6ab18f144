import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const EVERY_MS = 250;
const MEGABYTE = 1024 * 1024;

export interface MemoryWatch {
  stop(): void;
}

/**
 * Tells when a process and those it started keep more than so many megabytes of memory resident, heap and buffers alike.
 * Only Linux says what a process uses; elsewhere the heap limit of the process has to do.
 */
export function watchMemory(
  pid: number | undefined,
  limitMb: number,
  onTooMuch: (usedMb: number) => void,
): MemoryWatch {
  if (process.platform !== 'linux' || pid === undefined) return { stop() {} };
  const seen = new Set<number>();
  const look = () => {
    let used = 0;
    for (const one of family(pid)) {
      if (!seen.has(one)) preferInTrouble(one);
      seen.add(one);
      used += residentMb(one) ?? 0;
    }
    if (used > limitMb) onTooMuch(used);
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

/** A process and what it started, in whichever of its threads, in depth. */
function family(pid: number): number[] {
  const all = [pid];
  for (const one of all) all.push(...childrenOf(one));
  return all;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => startedBy(pid, thread));
  } catch {
    // It is gone.
    return [];
  }
}

function startedBy(pid: number, thread: string): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    // The thread has ended.
    return [];
  }
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
