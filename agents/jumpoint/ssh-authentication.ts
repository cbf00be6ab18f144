import type { AnyAuthMethod, AuthenticationType, ParsedKey, Prompt as SshPrompt } from 'ssh2';
import type { ShellTarget } from '../control-protocol.ts';
import { type Representative, ShellRefusal } from './remote-shell.ts';
import { readPrivateKey } from './ssh-private-key.ts';
import { askUsername, askValues, refuseIfCancelled, refuseTooMany, type SshSignIn } from './ssh-sign-in.ts';

/** Credentials a representative may try before the jump is refused; most servers close the connection before. */
const MAX_ATTEMPTS = 5;

type Method = 'password' | 'private-key' | 'keyboard-interactive';

/**
 * Answers an SSH server's demands with what the representative gives: `none` first (it tells what the server accepts),
 * then password, private key or keyboard-interactive, as often as the server and `MAX_ATTEMPTS` allow, through as many
 * steps as the server wants. Nothing that was typed is kept after its use.
 */
export class SshAuthentication implements SshSignIn {
  /** As whom it signs in; empty until that is known. */
  username: string;
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

  async next(methods: AuthenticationType[] | null, partial: boolean): Promise<AnyAuthMethod> {
    if (!this.started) {
      this.started = true;
      if (!this.username) this.username = await askUsername(this.representative, this.target);
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
        const read = readPrivateKey(answer.private_key, answer.passphrase);
        if (typeof read !== 'string') return this.privateKey(read);
        text = read;
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

  private privateKey(key: ParsedKey): AnyAuthMethod {
    this.lastMethod = 'private-key';
    return { type: 'publickey', username: this.username, key };
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

  onRefusal: (refusal: unknown) => void = () => undefined;

  finished(): void {
    this.typedPassword = undefined;
  }

  private async answerRound(name: string, instructions: string, prompts: SshPrompt[]): Promise<string[]> {
    if (!prompts.length) {
      const note = [name, instructions].filter(Boolean).join(': ');
      if (note) this.representative.status('authenticating', note);
      return [];
    }
    refuseTooMany(prompts);
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

  private askValues(
    title: string,
    text: string,
    prompts: { label: string; echo: boolean }[],
  ): Promise<string[]> {
    const { hostname: host, port } = this.target;
    return askValues(this.representative, { title, text, host, port }, prompts);
  }

  private nothingLeft(offered: string[]): ShellRefusal {
    const failed = this.lastMethod ? `${failureText(this.lastMethod)} ` : '';
    return new ShellRefusal(
      'authentication-failed',
      `${failed}The server accepts none of password, private key and keyboard-interactive (it offers: ${offered.join(', ') || 'nothing'}).`,
    );
  }
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
