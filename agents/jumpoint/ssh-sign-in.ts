import type { AnyAuthMethod, AuthenticationType } from 'ssh2';
import type { PromptAnswer } from '../relay-protocol.ts';
import { type Representative, ShellRefusal } from './remote-shell.ts';

/** Answers an SSH server's demands, step by step. */
export interface SshSignIn {
  /**
   * What to try next. `methods` is null before the server has told what it accepts. Rejects with `ShellRefusal` when
   * nothing is left to try, and when the representative cancels.
   */
  next(methods: AuthenticationType[] | null, partial: boolean): Promise<AnyAuthMethod>;
  /** The password has expired and the server wants a new one. Rejects as `next` does. */
  newPassword(text: string): Promise<string>;
  /** Told about a round that was cancelled: the library has no way to say it from inside one. */
  onRefusal: (refusal: unknown) => void;
  /** The server lets the jump in, or it did not come about: nothing that was taken for it is needed any longer. */
  finished(refusal: ShellRefusal | undefined): void;
}

/** Questions of one round of keyboard-interactive; servers ask one to three. */
const MAX_QUESTIONS = 16;

export interface Question {
  prompt: string;
  echo?: boolean;
}

/** Asks the representative what the target asks. Rejects with `ShellRefusal` when that is cancelled. */
export async function askValues(
  representative: Representative,
  about: { title: string; text: string; host: string; port: number },
  prompts: { label: string; echo: boolean }[],
): Promise<string[]> {
  const answer = await representative.ask({ kind: 'keyboard-interactive', ...about, prompts });
  refuseIfCancelled(answer);
  const values = answer.values ?? (answer.password === undefined ? [] : [answer.password]);
  return prompts.map((_, index) => values[index] ?? '');
}

/** The login name, of the representative. Rejects with `ShellRefusal` when that is cancelled. */
export async function askUsername(
  representative: Representative,
  { hostname, port }: { hostname: string; port: number },
): Promise<string> {
  for (;;) {
    const answer = await representative.ask({
      kind: 'username',
      title: `Sign in to ${hostname}`,
      text: '',
      prompts: [{ label: 'User name', echo: true }],
      host: hostname,
      port,
    });
    refuseIfCancelled(answer);
    const username = answer.username ?? answer.values?.[0] ?? '';
    if (username) return username;
  }
}

export function refuseIfCancelled(answer: PromptAnswer): void {
  if (answer.cancel) throw new ShellRefusal('authentication-failed', 'Signing in was cancelled.');
}

export function refuseTooMany(prompts: readonly Question[]): void {
  if (prompts.length > MAX_QUESTIONS)
    throw new ShellRefusal('protocol-error', `The server asks ${prompts.length} questions at once.`);
}
