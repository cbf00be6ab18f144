import { PluginError, type PluginTools } from '../sdk/plugin.ts';
import { begun, type HttpClient, type HttpRequest, isRecord, jsonOf } from './http.ts';

/** Access tokens are given up a little before they expire. */
const EARLY = 30_000;
/** Stores that do not say how long a token lives. */
const UNSAID = 300;

export interface AccessTokens {
  /** A token that should still be good. */
  token(signal: AbortSignal): Promise<string>;
  /** The store does not take this one any longer. */
  forget(token: string): void;
}

export interface AccessTokenOptions {
  http: HttpClient;
  store: string;
  tools: PluginTools;
  request: Omit<HttpRequest, 'signal'>;
  /** What the store says when it does not know the credentials of the settings. */
  refused: string;
}

/** Access tokens of OAuth 2 (RFC 6749), one at a time and kept as long as they live. */
export function accessTokens({ http, store, tools, request, refused }: AccessTokenOptions): AccessTokens {
  let kept: { token: string; until: number } | undefined;
  return {
    async token(signal) {
      if (kept !== undefined && kept.until > Date.now()) return kept.token;
      const answer = await http({ ...request, signal });
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        throw new PluginError('misconfigured', refused);
      }
      if (answer.status !== 200) {
        throw new PluginError(
          'unavailable',
          `${begun(store)} gives out no access tokens now (status ${answer.status}).`,
        );
      }
      const given = jsonOf(answer, store);
      if (!isRecord(given) || typeof given.access_token !== 'string' || given.access_token === '') {
        throw new PluginError('unavailable', `${begun(store)} answered without an access token.`);
      }
      const token = given.access_token;
      tools.mask(token);
      // Some stores write the number as a text.
      const seconds = Number(given.expires_in ?? UNSAID);
      const life = (Number.isFinite(seconds) && seconds > 0 ? seconds : UNSAID) * 1000;
      kept = { token, until: Date.now() + life - Math.min(EARLY, life / 2) };
      return token;
    },
    forget(token) {
      if (kept?.token === token) kept = undefined;
    },
  };
}
