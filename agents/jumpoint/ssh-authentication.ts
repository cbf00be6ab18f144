import ssh2, { type AnyAuthMethod, type AuthenticationType, type Prompt as SshPrompt } from 'ssh2';
import type { ShellTarget } from '../control-protocol.ts';
import type { PromptAnswer } from '../relay-protocol.ts';
import { type Representative, ShellRefusal } from './remote-shell.ts';

/** Credentials a representative may try before the jump is refused; most servers close the connection before. */
const MAX_ATTEMPTS = 5;
/** Questions of one round of keyboard-interactive; servers ask one to three. */
const MAX_QUESTIONS = 16;

type Method = 'password' | 'private-key' | 'keyboard-interactive';

/**
 * Answers an SSH server's demands with what the representative gives: `none` first (it tells what the server accepts),
 * then password, private key or keyboard-interactive, as often as the server and `MAX_ATTEMPTS` allow, through as many
 * steps as the server wants. Nothing that was typed is kept after its use.
 */
export class SshAuthentication {
  private username: string;
  private started = false;
  private attempts = 0;
  private lastMethod: Method | undefined;
  /** Typed once, offered to the first hidden question of keyboard-interactive or to the method `password`. */
  private typedPassword: string | undefined;
  /** The server offers keyboard-interactive but has nothing to ask. */
  private interactiveIsSilent = false;
  private asked = false;
  private readonly target: ShellTarget;
  private readonly representative: Representative;

  constructor(target: ShellTarget, representative: Representative) {
    this.target = target;
    this.username = target.username;
    this.representative = representative;
  }

  /**
   * What to try next. `methods` is null before the server has told what it accepts. Rejects with `ShellRefusal` when
   * the representative cancels, or when nothing is left to try.
   */
  async next(methods: AuthenticationType[] | null, partial: boolean): Promise<AnyAuthMethod> {
    if (!this.started) {
      this.started = true;
      if (!this.username) this.username = await this.askUsername();
      return { type: 'none', username: this.username };
    }
    const offered = methods ?? [];
    const silent = this.lastMethod === 'keyboard-interactive' && !this.asked && !partial;
    if (silent) this.interactiveIsSilent = true;
    const canAsk = offered.includes('keyboard-interactive') && !this.interactiveIsSilent;
    const canPassword = offered.includes('password');
    const canKey = offered.includes('publickey');
    if (silent && canPassword && this.typedPassword !== undefined) return this.password(this.typedPassword);
    this.typedPassword = undefined;
    if (!canAsk && !canPassword && !canKey) throw this.nothingLeft(offered);
    const failed = partial ? undefined : this.lastMethod;
    if (failed) this.attempts++;
    if (this.attempts >= MAX_ATTEMPTS)
      throw new ShellRefusal('authentication-failed', `${failureText(failed)} No attempt is left.`);
    if (partial)
      this.representative.status('authenticating', 'Accepted so far; the server wants a further step.');
    if (canAsk && !canPassword && (!canKey || failed === 'keyboard-interactive')) {
      if (failed) this.representative.status('authenticating', failureText(failed));
      return this.interactive();
    }
    return this.fromCredential(canPassword || canAsk, canAsk, canKey, failed);
  }

  /** The password has expired and the server wants a new one. Rejects as `next` does. */
  async newPassword(text: string): Promise<string> {
    const answer = await this.askValues('The password must be changed', text, [
      { label: 'New password', echo: false },
      { label: 'New password again', echo: false },
    ]);
    if (answer[0] !== answer[1]) return this.newPassword('The two new passwords differ. Type them again.');
    return answer[0] ?? '';
  }

  private async fromCredential(
    password: boolean,
    interactive: boolean,
    key: boolean,
    failed: Method | undefined,
  ): Promise<AnyAuthMethod> {
    let text = failed ? failureText(failed) : '';
    for (;;) {
      const answer = await this.representative.ask({
        kind: 'credential',
        title: `Sign in to ${this.target.hostname} as ${this.username}`,
        text,
        prompts: [{ label: password ? 'Password' : 'Passphrase', echo: false }],
        methods: [...(password ? (['password'] as const) : []), ...(key ? (['private-key'] as const) : [])],
        host: this.target.hostname,
        port: this.target.port,
      });
      refuseIfCancelled(answer);
      if (answer.private_key !== undefined && key) {
        const problem = keyProblem(answer.private_key, answer.passphrase);
        if (!problem) return this.privateKey(answer.private_key, answer.passphrase);
        text = problem;
        continue;
      }
      const typed = answer.password ?? answer.values?.[0];
      if (typed !== undefined && password)
        return interactive ? this.interactive(typed) : this.password(typed);
      text = 'Give a password or a private key that the server accepts.';
    }
  }

  private password(password: string): AnyAuthMethod {
    this.lastMethod = 'password';
    this.typedPassword = undefined;
    return { type: 'password', username: this.username, password };
  }

  private privateKey(key: string, passphrase: string | undefined): AnyAuthMethod {
    this.lastMethod = 'private-key';
    return {
      type: 'publickey',
      username: this.username,
      key: withFinalNewline(key),
      ...(passphrase ? { passphrase } : {}),
    };
  }

  private interactive(typed?: string): AnyAuthMethod {
    this.lastMethod = 'keyboard-interactive';
    this.typedPassword = typed;
    this.asked = false;
    return {
      type: 'keyboard-interactive',
      username: this.username,
      prompt: (name, instructions, _language, prompts, finish) => {
        this.answerRound(name, instructions, prompts).then(finish, (refusal: unknown) =>
          this.onRefusal(refusal),
        );
      },
    };
  }

  /** Told about a cancelled round: the library has no way to say it from inside a round. */
  onRefusal: (refusal: unknown) => void = () => undefined;

  private async answerRound(name: string, instructions: string, prompts: SshPrompt[]): Promise<string[]> {
    if (!prompts.length) {
      const note = [name, instructions].filter(Boolean).join(': ');
      if (note) this.representative.status('authenticating', note);
      return [];
    }
    if (prompts.length > MAX_QUESTIONS)
      throw new ShellRefusal('protocol-error', `The server asks ${prompts.length} questions at once.`);
    this.asked = true;
    const typed = this.typedPassword;
    if (typed !== undefined && prompts.length === 1 && !prompts[0]?.echo) {
      this.typedPassword = undefined;
      return [typed];
    }
    return this.askValues(
      name || `Sign in to ${this.target.hostname} as ${this.username}`,
      instructions,
      prompts.map((one) => ({ label: one.prompt, echo: one.echo === true })),
    );
  }

  private async askValues(
    title: string,
    text: string,
    prompts: { label: string; echo: boolean }[],
  ): Promise<string[]> {
    const answer = await this.representative.ask({
      kind: 'keyboard-interactive',
      title,
      text,
      prompts,
      host: this.target.hostname,
      port: this.target.port,
    });
    refuseIfCancelled(answer);
    const values = answer.values ?? (answer.password === undefined ? [] : [answer.password]);
    return prompts.map((_, index) => values[index] ?? '');
  }

  private async askUsername(): Promise<string> {
    for (;;) {
      const answer = await this.representative.ask({
        kind: 'username',
        title: `Sign in to ${this.target.hostname}`,
        text: '',
        prompts: [{ label: 'User name', echo: true }],
        host: this.target.hostname,
        port: this.target.port,
      });
      refuseIfCancelled(answer);
      const username = answer.username ?? answer.values?.[0] ?? '';
      if (username) return username;
    }
  }

  private nothingLeft(offered: string[]): ShellRefusal {
    const failed = this.lastMethod ? `${failureText(this.lastMethod)} ` : '';
    return new ShellRefusal(
      'authentication-failed',
      `${failed}The server accepts none of password, private key and keyboard-interactive (it offers: ${offered.join(', ') || 'nothing'}).`,
    );
  }
}

function refuseIfCancelled(answer: PromptAnswer): void {
  if (answer.cancel) throw new ShellRefusal('authentication-failed', 'Signing in was cancelled.');
}

function failureText(method: Method | undefined): string {
  switch (method) {
    case 'password':
      return 'The user name or password was not accepted.';
    case 'private-key':
      return 'The private key was not accepted for this user.';
    case 'keyboard-interactive':
      return 'The answers were not accepted.';
    case undefined:
      return 'The server did not accept the sign-in.';
  }
}

/** What is wrong with a private key, in words; undefined when it can be used. */
function keyProblem(key: string, passphrase: string | undefined): string | undefined {
  const parsed = ssh2.utils.parseKey(withFinalNewline(key), passphrase);
  if (!(parsed instanceof Error)) {
    const one = Array.isArray(parsed) ? parsed[0] : parsed;
    return one?.isPrivateKey() ? undefined : 'That is a public key. Give the private key.';
  }
  if (/no passphrase/i.test(parsed.message)) return 'The private key is encrypted: give its passphrase too.';
  if (/passphrase|bad decrypt|integrity/i.test(parsed.message))
    return 'The passphrase does not open the private key.';
  return 'The private key could not be read: it must be in OpenSSH, PEM or PuTTY format.';
}

/** Pasted keys often lose their last line break, which the OpenSSH format needs. */
function withFinalNewline(key: string): string {
  return `${key.trim().replaceAll('\r\n', '\n')}\n`;
}
