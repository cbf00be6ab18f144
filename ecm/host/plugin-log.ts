import type { LogLevel } from '../channel/messages.ts';
import type { CredentialPackage } from '../sdk/plugin.ts';
import type { HostLog } from './host-log.ts';
import { messageText } from './plugin-answers.ts';
import { loggedLine } from './plugin-output.ts';
import { SecretMask } from './secret-mask.ts';

const MOST_REMEMBERED = 500;

/**
 * What one plug-in says, on its way to people and to the log of the host: without the secrets that are known. Lines that
 * come while a credential is being fetched wait until it is there, since they may hold it.
 */
export class PluginLog {
  private readonly log: HostLog;
  private readonly facts: { plugin: string };
  private readonly mask = new SecretMask();
  private readonly givenOut = new Map<string, readonly string[]>();
  private readonly fetching = new Set<number>();
  private lastFetch = 0;
  private readonly held: { since: number; write: () => void }[] = [];

  constructor(log: HostLog, instance: string) {
    this.log = log;
    this.facts = { plugin: instance };
  }

  line(level: LogLevel, text: string, cut = false): void {
    this.held.push({
      since: this.lastFetch,
      write: () => this.log[level](this.facts, loggedLine(this.mask.mask(text, cut))),
    });
    this.writeHeld();
  }

  forPeople(text: string): string {
    return messageText(this.mask.mask(text));
  }

  /** Hides the secrets of its settings for ever. */
  hideSettings(secrets: readonly string[]): void {
    for (const secret of secrets) this.mask.addLasting(secret);
  }

  hide(secret: string): void {
    this.mask.addGiven(secret);
  }

  /** Hides the credential that is fetched, until it is released. */
  async whileFetching(
    lsid: string | undefined,
    id: string,
    fetch: () => Promise<CredentialPackage>,
  ): Promise<void> {
    this.lastFetch += 1;
    const number = this.lastFetch;
    this.fetching.add(number);
    try {
      const { password, privateKey, passphrase } = await fetch();
      this.remember(
        `${lsid} ${id}`,
        [password, privateKey, passphrase].filter((text) => text !== undefined),
      );
    } finally {
      this.fetching.delete(number);
      this.writeHeld();
    }
  }

  released(lsid: string | undefined, id: string): void {
    for (const secret of this.givenOut.get(`${lsid} ${id}`) ?? []) this.mask.forget(secret);
    this.givenOut.delete(`${lsid} ${id}`);
  }

  private remember(key: string, secrets: readonly string[]): void {
    for (const secret of secrets) this.mask.addGiven(secret);
    this.givenOut.set(key, secrets);
    if (this.givenOut.size > MOST_REMEMBERED) this.givenOut.delete([...this.givenOut.keys()][0]!);
  }

  private writeHeld(): void {
    // Sets keep their order: the first is the oldest.
    const [oldest = Number.POSITIVE_INFINITY] = this.fetching;
    while (this.held.length > 0 && this.held[0]!.since < oldest) this.held.shift()!.write();
  }
}
