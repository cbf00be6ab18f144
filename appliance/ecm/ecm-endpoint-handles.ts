import { createHmac } from 'node:crypto';
import { ApplianceError } from '../errors.ts';
import { sameSecret } from '../secrets.ts';
import type { SiteKey } from '../site-key.ts';
import type { EcmEndpoint } from './ecm-question.ts';

/** So long after a search people may still jump to what it found: a day at work. */
export const ENDPOINT_HANDLE_HOURS = 10;

/** A system that a credential manager listed to a person. */
export type ListedEndpoint = Pick<EcmEndpoint, 'id' | 'type' | 'hostname' | 'port'>;

type Content = ListedEndpoint & { userId: number; until: number };

const VERSION = 'ep1';

/**
 * What a credential manager calls a system decides which credentials it gives for it, so nobody may have them used on
 * another host. A handle says what was listed to one person: whoever has it can read it, nobody can change it.
 */
export class EcmEndpointHandles {
  readonly #key: Buffer;

  constructor(siteKey: SiteKey) {
    this.#key = siteKey.derive('ecm endpoint');
  }

  issue(userId: number, { id, type, hostname, port }: ListedEndpoint, now: Date): string {
    const until = Math.floor(now.getTime() / 1000) + ENDPOINT_HANDLE_HOURS * 3600;
    const content: Content = { userId, id, type, hostname, ...(port !== undefined && { port }), until };
    const payload = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${VERSION}.${payload}.${this.#signature(payload).toString('base64url')}`;
  }

  /**
   * The system, when it was listed to this person with this host name and port. Fails with `invalid` about
   * `endpoint_handle`. One that was listed without a port is meant on every port.
   */
  verified(
    handle: string,
    { userId, hostname, port }: { userId: number; hostname: string; port: number | undefined },
    now: Date,
  ): ListedEndpoint {
    const content = this.#read(handle);
    if (content === undefined || content.userId !== userId || now.getTime() >= content.until * 1000)
      throw wrongHandle('This is no system that was listed to you today. Search for it again.');
    const { userId: _, until: __, ...listed } = content;
    const samePort = listed.port === undefined || port === undefined || listed.port === port;
    if (listed.hostname.toLowerCase() !== hostname.toLowerCase() || !samePort)
      throw wrongHandle('This system was listed with another host name or port.');
    return listed;
  }

  #read(handle: string): Content | undefined {
    const [version, payload = '', signature = '', ...more] = handle.split('.');
    if (version !== VERSION || more.length > 0) return undefined;
    if (!sameSecret(Buffer.from(signature, 'base64url'), this.#signature(payload))) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Content;
  }

  #signature(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(`${VERSION}.${payload}`).digest();
  }
}

function wrongHandle(sentence: string): ApplianceError {
  return new ApplianceError('invalid', sentence, { fields: { endpoint_handle: [sentence] } });
}
