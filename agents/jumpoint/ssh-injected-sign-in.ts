import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2';
import type { ShellTarget } from '../control-protocol.ts';
import type { CredentialPackage } from '../credential-package.ts';
import type { CredentialSupply } from './channel-credential.ts';
import { InjectedKey } from './injected-key.ts';
import { type Representative, ShellRefusal } from './remote-shell.ts';
import { readPrivateKey } from './ssh-private-key.ts';
import { askUsername, askValues, type Question, refuseTooMany, type SshSignIn } from './ssh-sign-in.ts';

type Method = 'certificate' | 'key' | 'interactive' | 'password';

/** What of the credential a target is offered, in this order; OpenSSH too goes from the certificate to its key. */
const ORDER: readonly Method[] = ['certificate', 'key', 'interactive', 'password'];
const OFFERED_AS: Record<Method, AuthenticationType> = {
  certificate: 'publickey',
  key: 'publickey',
  interactive: 'keyboard-interactive',
  password: 'password',
};

/**
 * Signs in with a credential that the representative never sees. It is asked for when the host key is settled and the
 * target wants somebody to sign in; each part of it is offered once. What it does not answer, a one-time code for
 * instance, the representative is asked. A method that the credential cannot answer at all is tried only once the target
 * has taken something of it, so that a refused credential never turns into a question for another one.
 */
export class SshInjectedSignIn implements SshSignIn {
  private readonly target: ShellTarget;
  private readonly supply: CredentialSupply;
  private readonly representative: Representative;
  /** As whom it signs in; empty until that is known. */
  username = '';
  private credential: CredentialPackage | undefined;
  private passwordBytes: Buffer | undefined;
  private key: InjectedKey | undefined;
  private readonly tried = new Set<Method>();
  private last: Method | undefined;
  /** The password has been given to the target, by whichever method. */
  private passwordGiven = false;
  /** The last round of keyboard-interactive asked something. */
  private asked = false;
  /** The target has taken a part of the credential and wants more. */
  private partly = false;
  /** As that of a certificate; its key counts as used. */
  private tookCertificate = false;
  onRefusal: (refusal: unknown) => void = () => undefined;

  constructor(target: ShellTarget, supply: CredentialSupply, representative: Representative) {
    this.target = target;
    this.supply = supply;
    this.representative = representative;
  }

  async next(methods: AuthenticationType[] | null, partial: boolean): Promise<AnyAuthMethod> {
    if (this.credential === undefined) return await this.begin();
    if (partial) {
      this.partly = true;
      this.tookCertificate = this.last === 'certificate';
    }
    const silent = this.last === 'interactive' && !this.asked && !partial;
    const offered = methods ?? [];
    const method = ORDER.find(
      (one) => offered.includes(OFFERED_AS[one]) && !this.tried.has(one) && this.has(one),
    );
    if (method === undefined) throw this.refusal(offered, partial || silent ? undefined : this.last);
    if (partial)
      this.representative.status('authenticating', 'Accepted so far; the server wants a further step.');
    this.tried.add(method);
    this.last = method;
    return this.attempt(method);
  }

  /** Nobody here may choose a password that its vault does not know. */
  newPassword(): Promise<string> {
    return Promise.reject(
      new ShellRefusal(
        'authentication-failed',
        `The password of “${this.supply.name}” has expired on ${this.target.hostname}: it has to be changed where it is kept.`,
      ),
    );
  }

  finished(refusal: ShellRefusal | undefined): void {
    const taken = this.credential !== undefined;
    this.credential = undefined;
    this.passwordBytes?.fill(0);
    this.passwordBytes = undefined;
    this.key?.putAway();
    if (!taken) return;
    if (refusal !== undefined) this.supply.failed(refusal.message);
    // A target that lets everybody in was offered nothing.
    else if (this.tried.size > 0) this.supply.used();
  }

  private async begin(): Promise<AnyAuthMethod> {
    const { target, supply, representative } = this;
    representative.status('authenticating', `Fetching the credential “${supply.name}”.`);
    const credential = await supply.take();
    this.credential = credential;
    const own = supply.keepsUsername ? target.username : (credential.username ?? '');
    this.username = own || target.username || (await askUsername(representative, target));
    if (credential.private_key !== undefined) this.key = this.keyOf(credential, credential.private_key);
    representative.status('authenticating', `Signing in with “${supply.name}” as ${this.username}.`);
    return { type: 'none', username: this.username };
  }

  /** Whether the credential, or after a first step the representative, can answer this method. */
  private has(method: Method): boolean {
    if (method === 'certificate') return this.key?.certified !== undefined;
    if (method === 'key') return this.key !== undefined && !this.tookCertificate;
    const password = this.credential?.password !== undefined && !this.passwordGiven;
    return method === 'password' ? password : password || this.partly;
  }

  private attempt(method: Method): AnyAuthMethod {
    const { username } = this;
    if (method === 'key' || method === 'certificate') {
      const key = (method === 'key' ? this.key?.bare : this.key?.certified) as ParsedKey;
      return { type: 'publickey', username, key };
    }
    if (method === 'password') {
      this.passwordGiven = true;
      this.passwordBytes = Buffer.from(this.credential?.password ?? '', 'utf8');
      return { type: 'password', username, password: this.passwordBytes as unknown as string };
    }
    this.asked = false;
    return {
      type: 'keyboard-interactive',
      username,
      prompt: (name, instructions, _language, prompts, finish) => {
        this.answerRound(name, instructions, prompts).then(finish, (refusal: unknown) =>
          this.onRefusal(refusal),
        );
      },
    };
  }

  /** A single question that is answered unseen, and is the first such, is taken to be the one for the password. */
  private async answerRound(name: string, instructions: string, prompts: Question[]): Promise<string[]> {
    refuseTooMany(prompts);
    this.asked = true;
    const password = this.passwordGiven ? undefined : this.credential?.password;
    if (password !== undefined && prompts.length === 1 && prompts[0]?.echo !== true) {
      this.passwordGiven = true;
      return [password];
    }
    const { hostname: host, port } = this.target;
    const further = this.partly || this.passwordGiven ? 'further ' : '';
    return await askValues(
      this.representative,
      { title: name || `${host} asks ${further}to sign in ${this.username}`, text: instructions, host, port },
      prompts.map((one) => ({ label: one.prompt, echo: one.echo === true })),
    );
  }

  private keyOf({ passphrase, certificate }: CredentialPackage, privateKey: string): InjectedKey {
    const read = readPrivateKey(privateKey, passphrase);
    if (typeof read === 'string') throw this.unusable(read);
    return new InjectedKey(read, certificate);
  }

  private unusable(problem: string): ShellRefusal {
    return new ShellRefusal(
      'credential-unavailable',
      `The credential “${this.supply.name}” cannot be used. ${problem}`,
    );
  }

  private refusal(offered: readonly string[], failed: Method | undefined): ShellRefusal {
    const { name } = this.supply;
    const about = `${this.username} on ${this.target.hostname}`;
    const wants = offered.join(', ') || 'nothing';
    if (failed === undefined) {
      return new ShellRefusal(
        'authentication-failed',
        this.partly
          ? `The credential “${name}” was accepted, but not enough: the target also wants ${wants}, for which it holds nothing.`
          : `The target does not take what the credential “${name}” holds: it wants ${wants}.`,
      );
    }
    return new ShellRefusal('authentication-failed', `${this.failureText(failed)} ${about}.`);
  }

  private failureText(failed: Method): string {
    const { name } = this.supply;
    switch (failed) {
      case 'certificate':
      case 'key':
        return this.credential?.certificate === undefined
          ? `The private key of “${name}” was not accepted for`
          : `Neither the certificate of “${name}” nor its key was accepted for`;
      case 'interactive':
        return `The answers given with “${name}” were not accepted for`;
      case 'password':
        return `The password of “${name}” was not accepted for`;
    }
  }
}
