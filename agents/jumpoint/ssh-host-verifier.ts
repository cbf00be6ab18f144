import type { ShellTarget } from '../control-protocol.ts';
import { fingerprint, type HostKey, type HostKeys, hostKey } from './host-keys.ts';
import { type Representative, ShellRefusal } from './remote-shell.ts';

/**
 * Decides whether the key a target shows is the target's: saved keys pass, a changed key is refused, and for an
 * unknown one the representative chooses. A key accepted once also holds for the re-keyings of the same connection.
 */
export class SshHostVerifier {
  private accepted: Buffer | undefined;
  private readonly target: ShellTarget;
  private readonly hostKeys: HostKeys;
  private readonly representative: Representative;

  constructor(target: ShellTarget, hostKeys: HostKeys, representative: Representative) {
    this.target = target;
    this.hostKeys = hostKeys;
    this.representative = representative;
  }

  /** Resolves when the key may be trusted; rejects with `ShellRefusal` otherwise. */
  async verify(blob: Buffer): Promise<void> {
    if (this.accepted?.equals(blob)) return;
    const { hostname, port } = this.target;
    const offered = hostKey(blob);
    const verdict = await this.hostKeys.check(hostname, port, offered);
    if (verdict.known === 'changed') throw this.changed(offered, verdict.keys);
    if (this.accepted) throw this.changed(offered, [hostKey(this.accepted)]);
    if (verdict.known === 'no') await this.ask(offered);
    this.accepted = Buffer.from(blob);
  }

  private async ask(offered: HostKey): Promise<void> {
    const { hostname, port } = this.target;
    const answer = await this.representative.ask({
      kind: 'host-key',
      title: `Unknown host key of ${hostname}`,
      text: `The Jumpoint has never seen this key for ${hostname} port ${port}. Compare the fingerprint with one you trust.`,
      prompts: [],
      host: hostname,
      port,
      algorithm: offered.algorithm,
      fingerprint: fingerprint(offered.blob),
    });
    if (answer.cancel || (answer.choice !== 'save' && answer.choice !== 'once'))
      throw new ShellRefusal('host-key-refused', `The host key of ${hostname} was not accepted.`);
    if (answer.choice === 'save') await this.hostKeys.save(hostname, port, offered);
  }

  private changed(offered: HostKey, keys: HostKey[]): ShellRefusal {
    const saved = keys.map((key) => `${key.algorithm} ${fingerprint(key.blob)}`).join(', ');
    return new ShellRefusal(
      'host-key-changed',
      `THE HOST KEY OF ${this.target.hostname} port ${this.target.port} HAS CHANGED. Somebody may be listening in, ` +
        `or the host was installed anew. Saved on the Jumpoint: ${saved}. Offered now: ${offered.algorithm} ` +
        `${fingerprint(offered.blob)}. If the change is genuine, an administrator removes the old line from ` +
        `${this.hostKeys.path} on the Jumpoint host.`,
    );
  }
}
