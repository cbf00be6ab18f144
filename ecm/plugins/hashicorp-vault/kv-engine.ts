import {
  type CredentialPackage,
  type CredentialSummary,
  PluginError,
  type SessionContext,
} from '../../sdk/plugin.ts';
import { isRecord } from '../http.ts';
import { tidyPrivateKey } from '../private-keys.ts';
import { fitsHost, fitsWords, hostPatterns, hostsOf } from '../session-matching.ts';
import { asPathSegment, fillTemplate } from '../session-templates.ts';
import { type Engine, inTurn, likelyFirst } from './engine.ts';
import type { Vault } from './vault.ts';
import { textOf } from './vault-client.ts';

export interface KvSettings {
  mount: string;
  /** Templates of paths; one that ends with a slash is a folder, and means the secrets in it. */
  paths: readonly string[];
  /** Names of the fields in a secret, by what they are. */
  fields: Readonly<Record<string, string>>;
}

export const KV_FIELDS = [
  'username',
  'domain',
  'password',
  'privateKey',
  'passphrase',
  'certificate',
] as const;

const MOST_LOOKED_AT = 1000;
const BATCH = 64;

/**
 * Secrets of the KV engine, version 2. Custom metadata may say `username`, and `hosts` for which alone a secret is
 * offered; neither takes reading the secret.
 */
export function kvEngine(vault: Vault, { mount, paths, fields }: KvSettings): Engine {
  const placesOf = (session: SessionContext) =>
    paths.flatMap((path) => fillTemplate(path, session, asPathSegment) ?? []);

  /** Undefined when there is no such secret for this session now. */
  async function summary(path: string, session: SessionContext, signal: AbortSignal) {
    const answer = await vault.ask({ method: 'GET', path: `${mount}/metadata/${path}`, signal });
    if (answer === undefined || !isAlive(answer.data)) return undefined;
    const said = isRecord(answer.data.custom_metadata) ? answer.data.custom_metadata : {};
    const hosts = hostPatterns(textOf(said.hosts));
    if (hosts.length > 0 && !hosts.some((host) => fitsHost(host, hostsOf(session)))) return undefined;
    const username = textOf(said.username).slice(0, 255);
    const found: CredentialSummary = { id: `kv:${path}`, label: path };
    return username === '' ? found : { ...found, username };
  }

  return {
    kind: 'kv',
    async find(session, { search, limit, signal }) {
      const lists = await inTurn(placesOf(session), async (place) =>
        place.endsWith('/')
          ? (await vault.list(`${mount}/metadata/${place.slice(0, -1)}`, signal))
              .filter((name) => !name.endsWith('/'))
              .map((name) => `${place}${name}`)
          : [place],
      );
      const named = [...new Set(lists.flat())]
        .filter((path) => path.length <= 250)
        .map((label) => ({ label }));
      const looked = likelyFirst(named, search, MOST_LOOKED_AT);
      const found: CredentialSummary[] = [];
      // Some may be for other systems, so that more than the limit may have to be looked at.
      for (let at = 0; at < looked.length && found.length < limit; at += BATCH) {
        const some = looked.slice(at, at + BATCH);
        const summaries = await inTurn(some, ({ label }) => summary(label, session, signal));
        found.push(
          ...summaries
            .filter((one) => one !== undefined)
            .filter((one) => fitsWords(search, [one.label, one.username])),
        );
      }
      return found.slice(0, limit);
    },
    async offers(session, path, { signal }) {
      const parent = path.slice(0, path.lastIndexOf('/') + 1);
      const meant = placesOf(session).some(
        (place) => place === path || (place.endsWith('/') && place === parent),
      );
      return meant && (await summary(path, session, signal)) !== undefined;
    },
    async take(_session, path, { signal }) {
      const answer = await vault.ask({ method: 'GET', path: `${mount}/data/${path}`, signal });
      const secret = isRecord(answer?.data.data) ? answer.data.data : undefined;
      if (secret === undefined) throw new PluginError('not_found', 'Vault has no such secret any longer.');
      return { credential: credentialOf(secret, fields) };
    },
  };
}

/** The newest version is neither deleted nor destroyed. */
function isAlive({ current_version, versions }: Record<string, unknown>): boolean {
  const newest = isRecord(versions) ? versions[String(current_version)] : undefined;
  if (!isRecord(newest)) return true;
  const deleted = textOf(newest.deletion_time);
  return newest.destroyed !== true && (deleted === '' || new Date(deleted) > new Date());
}

function credentialOf(
  secret: Record<string, unknown>,
  fields: Readonly<Record<string, string>>,
): CredentialPackage {
  const found: CredentialPackage = {};
  for (const what of KV_FIELDS) {
    const name = fields[what];
    const value = name !== undefined && Object.hasOwn(secret, name) ? secret[name] : undefined;
    const text = typeof value === 'number' ? String(value) : textOf(value);
    if (text !== '') found[what] = what === 'privateKey' ? tidyPrivateKey(text) : text;
  }
  if (found.password === undefined && found.privateKey === undefined) {
    throw new PluginError(
      'misconfigured',
      'The secret has neither a password nor a private key in the fields that kv_fields names.',
    );
  }
  return found;
}
