import type { CallbackParameters } from '../../appliance/directory/identity-provider.ts';
import type { PortalSignIn, PortalSignIns } from '../../appliance/portals/portal-sign-in.ts';
import type { Sql } from '../sql.ts';

export class PgPortalSignIns implements PortalSignIns {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async create(
    { providerId, portalId, memo }: Omit<PortalSignIn, 'returned'>,
    { stateHash, browserHash }: { stateHash: Buffer; browserHash: Buffer },
    minutes: number,
  ): Promise<void> {
    await this.#sql`
      insert into portal_sign_in (state_hash, browser_hash, security_provider_id, public_portal_id, memo, expires_at)
      values (${stateHash}, ${browserHash}, ${providerId}, ${portalId}, ${memo},
              clock_timestamp() + make_interval(mins => ${minutes}))`;
  }

  async storeReturn(
    stateHash: Buffer,
    providerId: number,
    returned: CallbackParameters,
  ): Promise<number | undefined> {
    const sql = this.#sql;
    const [row] = await sql<{ portalId: number }[]>`
      update portal_sign_in set returned = ${sql.json(returned)}
       where state_hash = ${stateHash} and security_provider_id = ${providerId} and returned is null
         and expires_at > clock_timestamp()
      returning public_portal_id as "portalId"`;
    return row?.portalId;
  }

  async take(browserHash: Buffer): Promise<PortalSignIn | undefined> {
    const [row] = await this.#sql<PortalSignIn[]>`
      delete from portal_sign_in
       where browser_hash = ${browserHash} and returned is not null and expires_at > clock_timestamp()
      returning security_provider_id as "providerId", public_portal_id as "portalId", memo, returned`;
    return row;
  }

  async deleteExpired(): Promise<number> {
    const { count } = await this.#sql`delete from portal_sign_in where expires_at < clock_timestamp()`;
    return count;
  }
}
