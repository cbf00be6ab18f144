import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const EVERY_MS = 250;
const MEGABYTE = 1024 * 1024;
/** More than any plug-in needs, and few enough to be looked at so often. */
const MOST_PROCESSES = 500;

export interface MemoryWatch {
  stop(): void;
}

/**
 * Tells when a process and those it started keep more than so many megabytes of memory resident, heap and buffers alike,
 * or are too many to be looked after.
 * Only Linux says what a process uses; elsewhere the heap limit of the process has to do.
 */
export function watchMemory(
  pid: number | undefined,
  limitMb: number,
  onTooMuch: (what: string) => void,
): MemoryWatch {
  if (process.platform !== 'linux' || pid === undefined) return { stop() {} };
  const seen = new Set<number>();
  const look = () => {
    let used = 0;
    const all = family(pid);
    if (all.length > MOST_PROCESSES) return onTooMuch(`it started more than ${MOST_PROCESSES} processes`);
    for (const one of all) {
      if (!seen.has(one)) preferInTrouble(one);
      seen.add(one);
      used += residentMb(one) ?? 0;
    }
    if (used > limitMb) onTooMuch(`it used ${used} MB of memory (at most ${limitMb} MB)`);
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

/** A process and what it started, in whichever of its threads, in depth; not all of them where they are too many. */
function family(pid: number): number[] {
  const all = [pid];
  for (const one of all) {
    all.push(...childrenOf(one));
    if (all.length > MOST_PROCESSES) break;
  }
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
