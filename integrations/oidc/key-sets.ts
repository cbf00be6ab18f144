const FRESH_MS = 5 * 60_000;
/** A provider that signs with keys it does not publish is not asked for them more often. */
const ASK_AGAIN_MS = 10_000;
const MOST_SETS = 100;

interface KeySet {
  text: string;
  keyIds: ReadonlySet<string>;
  fetchedAt: number;
  /** When a key was looked for that is not published. */
  missedAt: number;
}

/**
 * The published keys of providers, kept for five minutes. A token signed with a key that is not among them has them
 * fetched anew, so that a provider may change its keys at any time.
 */
export class KeySets {
  readonly #sets = new Map<string, KeySet>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** `name` tells one provider's keys from another's. Only a usable answer is kept. */
  async get(name: string, keyId: string | undefined, fetchThem: () => Promise<Response>): Promise<Response> {
    const now = this.#now();
    const known = this.#sets.get(name);
    if (known !== undefined && now - known.fetchedAt < FRESH_MS) {
      const unknownKey = keyId !== undefined && !known.keyIds.has(keyId);
      if (!unknownKey || now - known.missedAt < ASK_AGAIN_MS) return asAnswer(known.text);
    }
    const answer = await fetchThem();
    const text = await answer.clone().text();
    const keyIds = answer.ok ? keyIdsOf(text) : undefined;
    if (keyIds === undefined) return answer;
    if (this.#sets.size >= MOST_SETS) this.#sets.delete(this.#sets.keys().next().value!);
    const missed = keyId !== undefined && !keyIds.has(keyId);
    this.#sets.set(name, { text, keyIds, fetchedAt: now, missedAt: missed ? now : 0 });
    return answer;
  }
}

function asAnswer(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'application/json' } });
}

function keyIdsOf(text: string): ReadonlySet<string> | undefined {
  try {
    const { keys } = JSON.parse(text) as { keys: { kid?: unknown }[] };
    return new Set(keys.map(({ kid }) => kid).filter((kid) => typeof kid === 'string'));
  } catch {
    return undefined;
  }
}

/** Which key a token answer says its id token is signed with. Nothing is checked yet. */
export function signingKeyId(tokenAnswer: string): string | undefined {
  try {
    const { id_token } = JSON.parse(tokenAnswer) as { id_token: string };
    const header = Buffer.from(id_token.split('.', 1)[0]!, 'base64url').toString();
    const { kid } = JSON.parse(header) as { kid?: unknown };
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
