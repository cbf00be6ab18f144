import { CommandFailure, EXIT } from '../command.ts';
import { Interrupted, KeyInput } from './key-input.ts';

/** Runs with the keyboard and gives it back. Fails when there is no terminal, saying `otherwise`. */
export async function withKeys<T>(otherwise: string, work: (keys: KeyInput) => Promise<T>): Promise<T> {
  const keys = KeyInput.open();
  if (keys === undefined) throw new CommandFailure(otherwise);
  try {
    return await work(keys);
  } catch (error) {
    if (error instanceof Interrupted) throw new CommandFailure('Interrupted.', EXIT.interrupted);
    throw error;
  } finally {
    keys.close();
  }
}

/** Asks for a number of the list until it gets one; an empty line leaves. */
export async function choose<T>(
  keys: KeyInput,
  question: string,
  lines: string[],
  values: readonly T[],
): Promise<T> {
  process.stderr.write(`${question}\r\n`);
  for (const [index, line] of lines.entries()) {
    process.stderr.write(`${String(index + 1).padStart(4)}  ${line}\r\n`);
  }
  for (;;) {
    const answer = (await keys.readLine('Number (empty to leave): ', { echo: true })).trim();
    if (answer === '') throw new Interrupted();
    const value = /^\d+$/.test(answer) ? values[Number(answer) - 1] : undefined;
    if (value !== undefined) return value;
    process.stderr.write(`A number from 1 to ${values.length}, please.\r\n`);
  }
}

export async function confirm(keys: KeyInput, question: string): Promise<boolean> {
  const answer = await keys.readLine(`${question} [y/N] `, { echo: true });
  return /^y(es)?$/i.test(answer.trim());
}

/** The lines of standard input, for passwords given by a program. */
export async function stdinLines(): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
}
