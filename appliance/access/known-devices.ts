import { createHmac } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { randomToken, sameSecret } from '../secrets.ts';

export const KNOWN_DEVICE_DAYS = 365;
/** A browser remembers so many people; then it forgets whoever signed in longest ago. */
const MOST_PEOPLE = 5;
const ID_LENGTH = 22;
const DAY_MS = 86_400_000;

interface Entry {
  userId: number;
  /** 131 random bits. */
  id: string;
  /** Day of the last sign-in, counted from 1970. */
  day: number;
}

/**
 * Tells browsers in which somebody has signed in before from all others (OWASP: device cookies). What a browser keeps
 * is signed and good for one person in it; it lets nobody in. There is no list of devices: whoever has the key of the
 * site can check one.
 */
export class KnownDevices {
  readonly #key: Uint8Array;
  readonly #clock: Clock;

  /** `key`: of the site, for this purpose. */
  constructor(deps: { key: Uint8Array; clock: Clock }) {
    this.#key = deps.key;
    this.#clock = deps.clock;
  }

  /** What names this browser for this person; undefined when the person has never signed in with it, or long ago. */
  idFor(cookie: string | undefined, userId: number): string | undefined {
    return this.#read(cookie).find((entry) => entry.userId === userId)?.id;
  }

  /** What the browser keeps after a sign-in of this person. */
  remember(cookie: string | undefined, userId: number): string {
    const others = this.#read(cookie).filter((entry) => entry.userId !== userId);
    const id = this.idFor(cookie, userId) ?? randomToken(ID_LENGTH);
    return [{ userId, id, day: this.#today() }, ...others]
      .slice(0, MOST_PEOPLE)
      .map((entry) => this.#write(entry))
      .join('~');
  }

  #read(cookie: string | undefined): Entry[] {
    return (cookie ?? '')
      .split('~', MOST_PEOPLE)
      .map((text) => this.#entry(text))
      .filter((entry) => entry !== undefined);
  }

  #entry(text: string): Entry | undefined {
    const match = /^(\d{1,10})\.([A-Za-z0-9]{22})\.(\d{1,6})\.([\w-]{43})$/.exec(text);
    if (match === null) return undefined;
    const [, userId, id, day, signature] = match as unknown as [string, string, string, string, string];
    const entry = { userId: Number(userId), id, day: Number(day) };
    if (!sameSecret(Buffer.from(signature), Buffer.from(this.#sign(entry)))) return undefined;
    return this.#today() - entry.day <= KNOWN_DEVICE_DAYS ? entry : undefined;
  }

  #write(entry: Entry): string {
    return `${entry.userId}.${entry.id}.${entry.day}.${this.#sign(entry)}`;
  }

  #sign({ userId, id, day }: Entry): string {
    return createHmac('sha256', this.#key).update(`${userId}.${id}.${day}`).digest('base64url');
  }

  #today(): number {
    return Math.floor(this.#clock.now().getTime() / DAY_MS);
  }
}
