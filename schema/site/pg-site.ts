import { randomUUID } from 'node:crypto';
import type { SiteKey } from '../../appliance/site-key.ts';
import type { Sql } from '../sql.ts';

/** Facts fixed when the site is made. */
export interface Site {
  /** 32 hex digits, the `id` of the appliance in the XML APIs. */
  applianceGuid: string;
}

/**
 * Makes the site on the first start; on later ones refuses a process that holds another site key than the one the
 * site's secrets are wrapped with.
 */
export async function openSite(sql: Sql, key: SiteKey): Promise<Site> {
  await sql`
    insert into site (appliance_guid, site_key_fingerprint)
    values (${randomUUID().replaceAll('-', '')}, ${key.fingerprint})
    on conflict do nothing`;
  const [row] = await sql<{ appliance_guid: string; site_key_fingerprint: string }[]>`
    select appliance_guid, site_key_fingerprint from site`;
  if (row === undefined) throw new Error('The site row is missing.');
  if (row.site_key_fingerprint !== key.fingerprint) {
    throw new Error(
      'This database belongs to a site with another key. Set BRIDGEHEAD_SITE_KEY_FILE to the key file of that site.',
    );
  }
  return { applianceGuid: row.appliance_guid };
}
