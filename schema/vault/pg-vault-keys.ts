import { ApplianceError } from '../../appliance/errors.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { VaultKeyRecord, VaultKeyRecords } from '../../appliance/vault/keys/vault-keys.ts';
import type { Sql } from '../sql.ts';

export class PgVaultKeys implements VaultKeyRecords {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(): Promise<VaultKeyRecord[]> {
    return await this.#sql<VaultKeyRecord[]>`
      select k.fingerprint, k.state, k.created_at as "createdAt",
             (select count(*)::int from sealed_secret s where s.wrapped_by = k.fingerprint) as secrets
        from vault_key k
      union all
      select d.fingerprint, 'dropped', d.created_at, 0 from vault_key_dropped d
       order by "createdAt", fingerprint`;
  }

  async add(fingerprint: string): Promise<void> {
    await this.#sql`insert into vault_key (fingerprint, state) values (${fingerprint}, 'next')`;
  }

  async promote(fingerprint: string): Promise<void> {
    // One after the other: there is never more than one current key, not even within a statement.
    await this.#sql`update vault_key set state = 'retired' where state = 'current'`;
    const { count } = await this.#sql`
      update vault_key set state = 'current' where fingerprint = ${fingerprint} and state = 'next'`;
    if (count !== 1) throw new ApplianceError('conflict', `The vault key ${fingerprint} is not next.`);
  }

  async dropRetired(): Promise<string[]> {
    const sql = this.#sql;
    const retired = await sql<{ fingerprint: string }[]>`
      select fingerprint from vault_key where state = 'retired'`;
    const left: string[] = [];
    for (const { fingerprint } of retired) {
      try {
        // Waits for whoever holds the key to seal with it; afterwards the foreign key has the last word.
        await sql`
          with gone as (
            delete from vault_key where fingerprint = ${fingerprint} and state = 'retired'
            returning fingerprint, created_at)
          insert into vault_key_dropped (fingerprint, created_at) select fingerprint, created_at from gone`;
      } catch (error) {
        if ((error as { constraint_name?: string }).constraint_name !== 'sealed_secret_key_is_known')
          throw error;
        left.push(fingerprint);
      }
    }
    return left;
  }

  async processesWithout(fingerprint: string): Promise<{ hostname: string; nodeUrl: string }[]> {
    return await this.#sql<{ hostname: string; nodeUrl: string }[]>`
      select hostname, node_url as "nodeUrl" from server_node
       where heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
         and not vault_keys @> array[${fingerprint}]::text[]
       order by hostname, node_url`;
  }
}
