import type { Logger } from 'pino';
import { BusCredentialEvents } from '../appliance/sessions/bus-credential-events.ts';
import { SiteSettingsCache } from '../appliance/settings/site-settings-cache.ts';
import type { SiteKey } from '../appliance/site-key.ts';
import { PgNodeBus } from '../schema/node-bus/pg-node-bus.ts';
import { PgUnitOfWork, pgStores } from '../schema/pg-stores.ts';
import { openSite } from '../schema/site/pg-site.ts';
import { connect, type DatabaseAddress, ping } from '../schema/sql.ts';
import { translatingFailuresOfAll } from '../schema/translated-failures.ts';
import { vaultKeysOf } from './vault-keys.ts';

/** What the server keeps, and what its processes tell each other through the database. */
export type Storage = Awaited<ReturnType<typeof openStorage>>;

/** Connects to a migrated database. Fails when it belongs to another site key. */
export async function openStorage(options: {
  database: DatabaseAddress;
  siteKey: SiteKey;
  siteKeyFile: string;
  log: Logger;
}) {
  const { database, log } = options;
  const sql = connect(database, { name: 'bridgehead server' });
  // Every API call asks who calls. On a connection of their own these short questions never wait behind long ones.
  const tokenSql = connect(database, { name: 'bridgehead tokens', max: 1 });
  const stores = translatingFailuresOfAll(pgStores(sql));
  const vaultKeys = vaultKeysOf(options.siteKeyFile, (err) =>
    log.warn({ err }, 'the key file could not be read again'),
  );
  const { applianceGuid } = await openSite(sql, options.siteKey, vaultKeys.ring);
  const settings = new SiteSettingsCache({
    store: stores.siteSettings,
    onFailure: (err) => log.warn({ err }, 'the site settings could not be read again'),
  });
  await settings.start();
  const bus = new PgNodeBus(database, (err) =>
    log.error({ err }, 'a message between server processes could not be acted on'),
  );
  const credentialEvents = new BusCredentialEvents(bus, (err) =>
    log.warn({ err }, 'the end of a sign-in could not be told to the other processes'),
  );
  return {
    sql,
    tokenSql,
    stores,
    unitOfWork: new PgUnitOfWork(sql),
    vaultKeys,
    applianceGuid,
    settings,
    bus,
    credentialEvents,
    ping: () => ping(sql),
    /** Lets the connections go; questions under way have five seconds. */
    close: () => Promise.all([sql.end({ timeout: 5 }), tokenSql.end({ timeout: 5 })]),
  };
}
