import { randomUUID } from 'node:crypto';
import type { SiteKey } from '../../appliance/site-key.ts';
import type { VaultKeys } from '../../appliance/vault/keys/vault-keys.ts';
import { connect, type DatabaseAddress, type Sql, type SqlPool } from '../sql.ts';

/** Facts fixed when the site is made. */
export interface Site {
  /** 32 hex digits, the `id` of the appliance in the XML APIs. */
  applianceGuid: string;
}

/**
 * Makes the site on the first start; on later ones refuses a process that holds another site key than the one the
 * site's secrets are wrapped with.
 */
export async function openSite(sql: SqlPool, key: SiteKey, vaultKeys: VaultKeys): Promise<Site> {
  await sql.begin(async (transaction) => {
    const { count } = await transaction`
      insert into site (appliance_guid, site_key_fingerprint)
      values (${randomUUID().replaceAll('-', '')}, ${key.fingerprint})
      on conflict do nothing`;
    // At first the key of the site wraps every secret.
    if (count === 1) {
      await transaction`insert into vault_key (fingerprint, state) values (${key.fingerprint}, 'current')`;
    }
  });
  await refuseOtherSiteKey(sql, key.fingerprint);
  await refuseMissingVaultKeys(sql, vaultKeys);
  const [row] = await sql<{ appliance_guid: string }[]>`select appliance_guid from site`;
  return { applianceGuid: row!.appliance_guid };
}

/** Whether a server has been started on this (migrated) database before. */
export async function siteIsMade(address: DatabaseAddress): Promise<boolean> {
  const sql = connect(address, { max: 1, name: 'bridgehead start' });
  try {
    const rows = await sql`select from site`;
    return rows.length > 0;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Fails when the database is of a site with another key than the one of this fingerprint, or of none yet. */
export async function refuseOtherSiteKey(sql: Sql, fingerprint: string): Promise<void> {
  const [row] = await sql<{ site_key_fingerprint: string }[]>`select site_key_fingerprint from site`;
  if (row === undefined)
    throw new Error('The site row is missing: no server has been started on this database.');
  if (row.site_key_fingerprint === fingerprint) return;
  throw new Error(
    'This database belongs to a site with another key. Set BRIDGEHEAD_SITE_KEY_FILE to the key file of that site; where that is lost, move the file here away and put a backup of the key back: bh vault restore-key FILE.',
  );
}

/** The next one may still be on its way to this machine. */
async function refuseMissingVaultKeys(sql: Sql, vaultKeys: VaultKeys): Promise<void> {
  const rows = await sql<{ fingerprint: string }[]>`
    select fingerprint from vault_key where state <> 'next' order by created_at`;
  const missing = rows.filter(({ fingerprint }) => vaultKeys.envelope(fingerprint) === undefined);
  if (missing.length === 0) return;
  throw new Error(
    `The key file lacks the vault key ${missing.map(({ fingerprint }) => fingerprint).join(', ')}, which secrets of this database are wrapped with. Copy the key file of another process of the site, or put a backup of the key back: bh vault restore-key.`,
  );
}
