import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

/**
 * Words before a command that give it a process namespace of its own (Linux, `unshare` of util-linux): it can signal no
 * process then but those it started itself, and everything of it ends with it, whatever it detached. The shell is the
 * first process there, which the kernel protects from signals of the others, and hands the exit code on.
 */
const NAMESPACE = [
  'unshare',
  '--user',
  '--map-current-user',
  '--pid',
  '--fork',
  '--kill-child=SIGKILL',
  '--',
  '/bin/sh',
  '-c',
  '"$@"; exit $?',
  'plug-in',
];

const PROBE_MS = 5000;
/** What a shell adds to the number of the signal that ended a command. */
const SIGNALLED = 128;

let able: boolean | undefined;

/**
 * Whether this system lets a program have a process namespace: not where user namespaces are switched off, as in many
 * containers, and not apart from Linux. Looked at once.
 */
export function canIsolate(): boolean {
  able ??= process.platform === 'linux' && memoryIsTold() && answers();
  return able;
}

/** The command as it is to be started so that it is alone, if this system can. */
export function isolated(program: string, args: readonly string[]): { program: string; args: string[] } {
  if (!canIsolate()) return { program, args: [...args] };
  const [first, ...rest] = NAMESPACE as [string, ...string[]];
  return { program: first, args: [...rest, program, ...args] };
}

/** The signal behind the exit code of an isolated command; undefined when it ended by itself. */
export function signalOf(code: number): NodeJS.Signals | undefined {
  if (!canIsolate()) return undefined;
  const names = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  return names.find(([, number]) => number === code - SIGNALLED)?.[0];
}

/** The memory of the processes inside must be seen from outside. */
function memoryIsTold(): boolean {
  return existsSync(`/proc/${process.pid}/task/${process.pid}/children`);
}

function answers(): boolean {
  const [program, ...args] = NAMESPACE as [string, ...string[]];
  const { status } = spawnSync(program, [...args, 'true'], { stdio: 'ignore', timeout: PROBE_MS });
  return status === 0;
}
