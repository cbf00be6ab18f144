import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { TestSshd } from '../../test/support/test-sshd.ts';

/** A terminal somebody types into, with the clock running. */
export interface MeasuredTerminal {
  write(text: string): void;
  /** Called with every piece of output; one listener at a time. */
  listen(listener: (data: Buffer) => void): void;
  close(): void;
}

/** Waits for the prompt: what is typed before a shell reads its terminal may be lost. */
export function prompted(terminal: MeasuredTerminal): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const late = setTimeout(() => reject(new Error(`No prompt: ${seen}`)), 60_000);
    terminal.listen((data) => {
      seen += data.toString('latin1');
      if (!/[$#] /.test(seen)) return;
      clearTimeout(late);
      resolve();
    });
  });
}

/** Types a line and waits for text that only its output holds. */
export function command(terminal: MeasuredTerminal, line: string, answer: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const late = setTimeout(() => reject(new Error(`No "${answer}" after ${line}: ${seen}`)), 60_000);
    terminal.listen((data) => {
      seen = (seen + data.toString('latin1')).slice(-4_000);
      if (!seen.includes(answer)) return;
      clearTimeout(late);
      resolve();
    });
    terminal.write(`${line}\r`);
  });
}

/** From here on every byte typed comes back as itself and nothing else is shown. */
export async function echoOnly(terminal: MeasuredTerminal): Promise<void> {
  await command(terminal, 'PS1=; stty raw -echo; echo READY-$((1+1)); exec cat', 'READY-2');
  // What the shell still had to say comes before the first key stroke.
  await new Promise((resolve) => setTimeout(resolve, 150));
  terminal.listen(() => undefined);
}

/** Milliseconds from a key stroke to its echo, for a terminal in `echoOnly`. */
export function roundTrip(terminal: MeasuredTerminal): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('A key stroke was not echoed.')), 30_000);
    terminal.listen(() => {
      clearTimeout(late);
      resolve(performance.now() - typed);
    });
    const typed = performance.now();
    terminal.write('x');
  });
}

/** Milliseconds until the whole file has been shown. */
export async function showFile(terminal: MeasuredTerminal, file: string, bytes: number): Promise<number> {
  await command(terminal, 'PS1=; stty -echo; echo READY-$((1+1))', 'READY-2');
  return new Promise((resolve, reject) => {
    let shown = 0;
    let tail = '';
    const late = setTimeout(() => reject(new Error(`Only ${shown} of ${bytes} bytes came.`)), 120_000);
    terminal.listen((data) => {
      shown += data.length;
      if (shown < bytes) return;
      tail = (tail + data.toString('latin1', Math.max(0, data.length - 64))).slice(-64);
      if (!tail.includes('SHOWN-2')) return;
      clearTimeout(late);
      resolve(performance.now() - started);
    });
    const started = performance.now();
    terminal.write(`cat ${file}; echo SHOWN-$((1+1))\r`);
  });
}

/** The baseline: OpenSSH's own client with a terminal, to the same server. */
export async function sshTerminal(sshd: TestSshd): Promise<MeasuredTerminal> {
  const child: ChildProcessWithoutNullStreams = spawn('ssh', [
    '-tt',
    '-F',
    'none',
    '-i',
    sshd.privateKeyFile,
    '-p',
    String(sshd.port),
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
    `${sshd.username}@127.0.0.1`,
  ]);
  let listener: (data: Buffer) => void = () => undefined;
  child.stdout.on('data', (data: Buffer) => listener(data));
  child.stdin.on('error', () => undefined);
  const terminal: MeasuredTerminal = {
    write: (text) => void child.stdin.write(text),
    listen(next) {
      listener = next;
    },
    close: () => void child.kill(),
  };
  await prompted(terminal);
  return terminal;
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
