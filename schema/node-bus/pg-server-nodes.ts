import { LEASE_SECONDS, type LiveNode, type ServerNodes } from '../../appliance/sessions/server-nodes.ts';
import type { Sql } from '../sql.ts';

export class PgServerNodes implements ServerNodes {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async register(node: {
    id: string;
    nodeUrl: string;
    hostname: string;
    vaultKeys: string[];
  }): Promise<void> {
    await this.#sql`
      insert into server_node (id, node_url, hostname, heartbeat_at, vault_keys)
      values (${node.id}, ${node.nodeUrl}, ${node.hostname}, clock_timestamp(), ${node.vaultKeys}::text[])
      on conflict (id) do update
         set heartbeat_at = clock_timestamp(), node_url = excluded.node_url, vault_keys = excluded.vault_keys`;
  }

  async beat(id: string, vaultKeys: string[]): Promise<boolean> {
    const { count } = await this.#sql`
      update server_node set heartbeat_at = clock_timestamp(), vault_keys = ${vaultKeys}::text[]
       where id = ${id} and heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})`;
    return count === 1;
  }

  async live(): Promise<LiveNode[]> {
    return await this.#sql<LiveNode[]>`
      select id, node_url as "nodeUrl"
        from server_node
       where heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
       order by started_at`;
  }

  async expired(): Promise<string[]> {
    const rows = await this.#sql<{ id: string }[]>`
      select id from server_node
       where heartbeat_at <= clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})`;
    return rows.map(({ id }) => id);
  }

  async remove(id: string): Promise<void> {
    await this.#sql`delete from server_node where id = ${id}`;
  }
}
