// @ts-check
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { definePlugin, PluginError } from './ecm-sdk/plugin.js';

/**
 * An example: its credential store is the file store.json, which opens for those who know the access key. Replace
 * `openStore` by calls to your own store and keep the rest.
 */
export default definePlugin({
  name: '__NAME__',
  version: '0.1.0',
  description: 'Credentials of the example store in store.json.',
  settings: {
    store: { type: 'path', description: 'File of the store.', default: 'store.json' },
    access_key: { type: 'secret', description: 'Opens the store.' },
    offer: {
      type: 'text',
      choices: ['matching', 'all'],
      default: 'matching',
      description: 'Credentials for the host of the session alone, or all of them.',
    },
  },

  async create(settings, { log }) {
    // A wrong setting is better told now than when somebody waits for a credential.
    await openStore(settings);
    log.info(`serves ${settings.store}`);

    return {
      /** Ids and labels of what this person may use for this session. No secrets here. */
      async findCredentials(session, { search, limit }) {
        const words = search.toLowerCase().split(/\s+/);
        return (await openStore(settings))
          .filter((entry) => fits(entry, session, settings.offer))
          .filter(({ label, username }) =>
            words.every((word) => `${label} ${username}`.toLowerCase().includes(word)),
          )
          .slice(0, limit)
          .map(({ id, label, username }) => ({ id, label, username }));
      },

      /** The secret itself, asked for at the moment it is used. */
      async getCredential(session, credentialId) {
        const entries = await openStore(settings);
        const entry = entries.find(({ id }) => id === credentialId);
        if (entry === undefined || !fits(entry, session, settings.offer))
          throw new PluginError('not_found', 'The store has no such credential for this session.');
        return { username: entry.username, password: entry.password };
      },

      /** The session has ended. A store that lends credentials takes them back here; this one has nothing to do. */
      async releaseCredential(session, credentialId) {
        log.info(`${credentialId} is free again (session ${session.lsid})`);
      },

      /** Shown to administrators under Status. */
      async checkHealth() {
        try {
          const entries = await openStore(settings);
          return { healthy: true, detail: `The store holds ${entries.length} credentials.` };
        } catch (error) {
          return {
            healthy: false,
            detail: error instanceof PluginError ? error.message : 'The store fails.',
          };
        }
      },
    };
  },
});

/**
 * @typedef {{ id: string, label: string, host: string, username: string, password: string }} Entry
 */

/**
 * @param {Entry} entry
 * @param {import('./ecm-sdk/plugin.js').SessionContext} session
 * @param {'matching' | 'all'} offer
 */
function fits(entry, session, offer) {
  return offer === 'all' || entry.host === session.jumpItem?.hostname;
}

/**
 * @param {{ store: string, access_key: string }} settings
 * @returns {Promise<Entry[]>}
 */
async function openStore({ store, access_key }) {
  const { access_key_sha256, entries } = JSON.parse(await textOf(store));
  const given = createHash('sha256').update(access_key).digest();
  if (!timingSafeEqual(given, Buffer.from(access_key_sha256, 'hex')))
    throw new PluginError('misconfigured', 'The store refuses the access key.');
  return entries;
}

/** @param {string} file */
async function textOf(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PluginError('unavailable', `The store ${file} cannot be read.`, { cause });
  }
}
