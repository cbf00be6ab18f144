import { PluginError, type PluginTools } from '../../sdk/plugin.ts';
import { secondsOf, TokenRefused, textOf, type VaultClient } from './vault-client.ts';

export interface AppRole {
  mount: string;
  roleId: string;
  secretId: string;
  /** The secret id is a wrapping token with the real one inside. */
  wrapped: boolean;
}

export interface VaultLogin {
  /** A token that should be good. */
  token(signal: AbortSignal): Promise<string>;
  /** Vault refused a request with this token: whether another one may fare better. */
  mayBeReplaced(token: string, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

/** Renewed when a third of its life is left, and not in a hurry. */
const SHARE = 2 / 3;
const SOONEST = 1000;
/** Longer waits wrap around in Node.js. */
const LATEST = 24 * 3_600_000;

interface Held {
  token: string;
  /** Infinity for a token that does not expire. */
  until: number;
  renewable: boolean;
}

/**
 * Keeps one token alive, because all leases of a token end with it: it is renewed while Vault allows that, and with
 * AppRole a new one is got by logging in when it is needed.
 */
export function vaultLogin(
  client: VaultClient,
  means: { token: string } | AppRole,
  { log, mask }: Pick<PluginTools, 'log' | 'mask'>,
): VaultLogin {
  let held: Promise<Held> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let unwrapped: string | undefined;

  async function secretId(means: AppRole, signal: AbortSignal): Promise<string> {
    if (!means.wrapped) return means.secretId;
    if (unwrapped === undefined) {
      const answer = await client({
        method: 'POST',
        path: 'sys/wrapping/unwrap',
        token: means.secretId,
        signal,
      }).catch((error: unknown) => {
        throw error instanceof TokenRefused
          ? new PluginError('misconfigured', 'The wrapped secret id was used already or has expired.')
          : error;
      });
      unwrapped = textOf(answer?.data.secret_id);
      if (unwrapped === '')
        throw new PluginError('misconfigured', 'The wrapping token has no secret id inside.');
      mask(unwrapped);
    }
    return unwrapped;
  }

  async function obtain(signal: AbortSignal): Promise<Held> {
    if (!('roleId' in means)) return await lookedUp(means.token, signal);
    const json = { role_id: means.roleId, secret_id: await secretId(means, signal) };
    const path = `auth/${means.mount}/login`;
    const answer = await client({ method: 'POST', path, json, token: undefined, signal });
    if (answer?.auth === undefined || answer.auth.token === '') {
      throw new PluginError('misconfigured', 'Vault has no AppRole login at the mount of the settings.');
    }
    mask(answer.auth.token);
    return heldFrom(answer.auth.token, answer.auth.seconds, answer.auth.renewable);
  }

  /** How long a given token lives. A token without leave to look is used as it is. */
  async function lookedUp(token: string, signal: AbortSignal): Promise<Held> {
    const answer = await client({ method: 'GET', path: 'auth/token/lookup-self', token, signal }).catch(
      (error: unknown) => {
        if (error instanceof TokenRefused) {
          throw new PluginError(
            'misconfigured',
            'Vault does not take the token of the settings, or it has expired.',
          );
        }
        throw error;
      },
    );
    return heldFrom(token, secondsOf(answer?.data.ttl), answer?.data.renewable === true);
  }

  function schedule({ token, until, renewable }: Held): void {
    clearTimeout(timer);
    if (!renewable || until === Infinity) return;
    const wait = Math.min(LATEST, Math.max(SOONEST, (until - Date.now()) * SHARE));
    timer = setTimeout(() => void renew(token), wait).unref();
  }

  async function renew(token: string): Promise<void> {
    try {
      const signal = AbortSignal.timeout(30_000);
      const answer = await client({ method: 'POST', path: 'auth/token/renew-self', json: {}, token, signal });
      const next = heldFrom(token, answer?.auth?.seconds ?? 0, answer?.auth?.renewable === true);
      if ((await held?.catch(() => undefined))?.token !== token) return;
      held = Promise.resolve(next);
      schedule(next);
    } catch (error) {
      log.warn(`The token for Vault could not be renewed: ${(error as Error).message}`);
    }
  }

  function fresh(): Promise<Held> {
    const got = obtain(AbortSignal.timeout(60_000));
    got.then(schedule, () => {
      if (held === got) held = undefined;
    });
    return got;
  }

  return {
    async token(signal) {
      const current = held;
      const known = await current;
      if (known !== undefined && known.until > Date.now()) return known.token;
      if (held === current) held = undefined;
      // One login for all who wait, whoever of them goes away.
      held ??= fresh();
      const { token } = await held;
      signal.throwIfAborted();
      return token;
    },
    async mayBeReplaced(token, signal) {
      try {
        await client({ method: 'GET', path: 'auth/token/lookup-self', token, signal });
        return false;
      } catch (error) {
        if (!(error instanceof TokenRefused)) throw error;
        if ((await held?.catch(() => undefined))?.token === token) held = undefined;
        if (!('roleId' in means)) {
          throw new PluginError(
            'misconfigured',
            'Vault does not take the token of the settings, or it has expired.',
          );
        }
        return true;
      }
    },
    close: () => clearTimeout(timer),
  };
}

function heldFrom(token: string, seconds: number, renewable: boolean): Held {
  return { token, until: seconds === 0 ? Infinity : Date.now() + seconds * 1000, renewable };
}
