import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { plainText } from '../plain-text.ts';
import { PasswdDialogue } from './passwd-dialogue.ts';
import { TaskFailure } from './task-failure.ts';

/** In the words of one language, whatever the account's shell is: `env` stands for what each shell writes otherwise. */
const COMMAND = 'env LC_ALL=C LANGUAGE=C passwd';
/** A question is there when nothing followed it for this long: its text may arrive in pieces. */
const SETTLED_MS = 80;
/** What does not look like a question is taken for one after this long. */
const QUIET_MS = 2_500;
/** How long the host may be silent, e.g. while it waits before it tells of a wrong password. */
const SILENT_MS = 20_000;
/** So much is never said in a change of a password. */
const MOST_OUTPUT = 64 * 1024;

export type PasswordChange =
  /** The host says that the password was changed. */
  | { said: 'changed' }
  /** It says that it was not, or gave no clear word. */
  | { said: 'refused' | 'unclear'; detail: string };

/**
 * Changes the password of the account that is signed in, as that account would: with `passwd` on a terminal, which does
 * not echo. Secrets go into the terminal when they are asked for, never into a command. Does not fail once `passwd` runs:
 * what it came to is for a sign-in to find out.
 */
export async function changePassword(
  client: Client,
  secrets: { current: string; next: string },
  signal: AbortSignal,
): Promise<PasswordChange> {
  const channel = await openTerminal(client);
  const conversation = new Conversation(channel, secrets, signal);
  try {
    return await conversation.lead();
  } finally {
    channel.close();
  }
}

function openTerminal(client: Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new TaskFailure('lost', 'The host broke the connection off.'));
    client.once('close', lost);
    const pty = { term: 'dumb', cols: 250, rows: 50, modes: { ECHO: 0 } } as const;
    client.exec(COMMAND, { pty }, (cause, channel) => {
      client.off('close', lost);
      if (cause)
        reject(
          new TaskFailure('unsupported', `The host runs no passwd on a terminal: ${cause.message}.`, {
            cause,
          }),
        );
      else resolve(channel);
    });
  });
}

class Conversation {
  private readonly channel: ClientChannel;
  private readonly secrets: { current: string; next: string };
  private readonly signal: AbortSignal;
  private readonly dialogue = new PasswdDialogue();
  private readonly decoder = new TextDecoder();
  private heardAt = Date.now();
  private received = 0;
  private exit: number | null | undefined;
  private over = false;

  constructor(channel: ClientChannel, secrets: { current: string; next: string }, signal: AbortSignal) {
    this.channel = channel;
    this.secrets = secrets;
    this.signal = signal;
    const hear = (data: Buffer) => {
      this.heardAt = Date.now();
      this.received += data.length;
      if (this.received <= MOST_OUTPUT) this.dialogue.output(this.decoder.decode(data, { stream: true }));
    };
    channel.on('data', hear);
    channel.stderr.on('data', hear);
    channel.on('exit', (code: number | null) => {
      this.exit = code;
    });
    channel.on('close', () => {
      this.over = true;
    });
    channel.on('error', () => undefined);
  }

  async lead(): Promise<PasswordChange> {
    for (;;) {
      if (this.over) return this.result();
      if (this.signal.aborted) return this.unclear('The time for it was over.');
      const silent = Date.now() - this.heardAt;
      if (silent >= SILENT_MS) return this.unclear('The host fell silent.');
      if (this.received > MOST_OUTPUT) return this.unclear('The host says more than passwd would.');
      const step = silent < SETTLED_MS ? undefined : this.dialogue.next(silent >= QUIET_MS);
      if (step?.do === 'give-up')
        return step.reason === 'refused'
          ? { said: 'refused', detail: this.words('The host did not take the new password') }
          : this.unclear('The host asks for something that is no part of changing a password.');
      if (step?.do === 'answer') {
        this.channel.write(`${step.prompt === 'current' ? this.secrets.current : this.secrets.next}\n`);
        this.dialogue.wasAnswered(step.prompt);
        this.heardAt = Date.now();
      }
      await sleep(20);
    }
  }

  private result(): PasswordChange {
    if (this.exit === 0 && this.dialogue.mayHaveChanged) return { said: 'changed' };
    if (this.exit === undefined || this.exit === null) return this.unclear('The connection broke.');
    if (!this.dialogue.asked) return this.unclear(`The host ran no passwd (exit code ${this.exit}).`);
    return { said: 'refused', detail: this.words('The host did not change the password') };
  }

  private unclear(sentence: string): PasswordChange {
    return { said: 'unclear', detail: this.words(sentence.replace(/\.$/, '')) };
  }

  /** The sentence, and what the host said, without any secret. */
  private words(sentence: string): string {
    let said = plainText(this.dialogue.remarks(), 800);
    for (const secret of [this.secrets.next, this.secrets.current]) said = said.replaceAll(secret, '***');
    return said === '' ? `${sentence}.` : `${sentence}. It says: ${said}`;
  }
}
