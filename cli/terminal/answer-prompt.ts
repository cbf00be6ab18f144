import type { Prompt, PromptAnswer } from '../../agents/relay-protocol.ts';
import { harmless } from '../output.ts';
import { Interrupted, type KeyInput } from './key-input.ts';

/** What the person gave on the command line to answer with. Each is used once: asked again, it was not accepted. */
export interface GivenCredentials {
  /** Text of a private key file. */
  privateKey?: string | undefined;
}

/** Puts a question of the target or the Jumpoint to the person. Ctrl-C answers "cancel". */
export async function answerPrompt(
  prompt: Prompt,
  keys: KeyInput | undefined,
  given: GivenCredentials,
): Promise<PromptAnswer> {
  const answer = (fields: Omit<PromptAnswer, 't' | 'id'>): PromptAnswer => ({
    t: 'answer',
    id: prompt.id,
    ...fields,
  });
  if (
    prompt.kind === 'credential' &&
    given.privateKey !== undefined &&
    prompt.methods?.includes('private-key')
  ) {
    return answer(await privateKey(prompt, keys, given));
  }
  if (keys === undefined) {
    process.stderr.write(`${harmless(prompt.title)}: there is no terminal to answer on.\n`);
    return answer(prompt.kind === 'host-key' ? { choice: 'abort' } : { cancel: true });
  }
  try {
    sayLine(prompt.title);
    if (prompt.text !== '') sayLine(prompt.text);
    switch (prompt.kind) {
      case 'host-key':
        return answer({ choice: await hostKeyChoice(prompt, keys) });
      case 'username':
        return answer({ username: (await values(prompt, keys))[0] ?? '' });
      case 'credential':
        return answer({ password: (await values(prompt, keys))[0] ?? '' });
      case 'keyboard-interactive':
        return answer({ values: await values(prompt, keys) });
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return answer(prompt.kind === 'host-key' ? { choice: 'abort' } : { cancel: true });
  }
}

async function hostKeyChoice(prompt: Prompt, keys: KeyInput): Promise<'save' | 'once' | 'abort'> {
  sayLine(`${prompt.algorithm ?? 'key'} ${prompt.fingerprint ?? ''}`);
  for (;;) {
    const typed = await keys.readLine('[s]ave key and connect, connect [o]nce, [a]bort? ', { echo: true });
    switch (typed.trim().toLowerCase()) {
      case 's':
      case 'save':
        return 'save';
      case 'o':
      case 'once':
        return 'once';
      case 'a':
      case 'abort':
      case '':
        return 'abort';
    }
    sayLine('Type s, o or a.');
  }
}

/** The first question takes the key as it is; when the key wants a passphrase the Jumpoint says so and asks again. */
async function privateKey(
  prompt: Prompt,
  keys: KeyInput | undefined,
  given: GivenCredentials,
): Promise<Omit<PromptAnswer, 't' | 'id'>> {
  const key = given.privateKey!;
  if (!/passphrase/i.test(prompt.text)) {
    if (prompt.text === '') return { private_key: key };
    // The key was tried and refused.
    given.privateKey = undefined;
    return strip(await answerPrompt(prompt, keys, given));
  }
  if (keys === undefined) return { cancel: true };
  try {
    sayLine(prompt.text);
    return { private_key: key, passphrase: await keys.readLine('Passphrase: ', { echo: false }) };
  } catch (error) {
    if (error instanceof Interrupted) return { cancel: true };
    throw error;
  }
}

function strip({ t: _t, id: _id, ...fields }: PromptAnswer): Omit<PromptAnswer, 't' | 'id'> {
  return fields;
}

async function values(prompt: Prompt, keys: KeyInput): Promise<string[]> {
  const typed: string[] = [];
  for (const { label, echo } of prompt.prompts) {
    const question = harmless(label).trimEnd();
    typed.push(await keys.readLine(/[:?]$/.test(question) ? `${question} ` : `${question}: `, { echo }));
  }
  return typed;
}

/** The terminal is in raw mode: lines need their carriage return. */
function sayLine(text: string): void {
  for (const line of text.split(/\r?\n/)) process.stderr.write(`${harmless(line)}\r\n`);
}
