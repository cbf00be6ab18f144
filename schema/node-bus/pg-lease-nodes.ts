import type { Leases } from '../../appliance/sessions/node-lease.ts';
import type { LiveNode } from '../../appliance/sessions/server-nodes.ts';
import { connect, type DatabaseAddress, type SqlPool } from '../sql.ts';
import { translatingFailures } from '../translated-failures.ts';
import { PgServerNodes } from './pg-server-nodes.ts';

/** Seconds for the goodbye to the database; behind a dead path nobody would answer it for minutes. */
const GOODBYE_SECONDS = 2;

/**
 * The leases over a connection that nothing else uses: however many questions of the server wait, the lease is renewed
 * in time. The connection can be given up for a new one when nothing is heard on it.
 */
export class PgLeaseNodes implements Leases {
  readonly #address: DatabaseAddress;
  #sql: SqlPool;
  #nodes: Leases;

  constructor(address: DatabaseAddress) {
    this.#address = address;
    this.#sql = this.#connection();
    this.#nodes = translatingFailures(new PgServerNodes(this.#sql));
  }

  /** What is under way fails with `unavailable`; what comes next has a new connection. */
  reconnect(): void {
    const old = this.#sql;
    this.#sql = this.#connection();
    this.#nodes = translatingFailures(new PgServerNodes(this.#sql));
    void old.end({ timeout: 0 });
  }

  register(node: Parameters<Leases['register']>[0]): Promise<void> {
    return this.#nodes.register(node);
  }

  beat(id: string, vaultKeys: string[]): Promise<boolean> {
    return this.#nodes.beat(id, vaultKeys);
  }

  live(): Promise<LiveNode[]> {
    return this.#nodes.live();
  }

  remove(id: string): Promise<void> {
    return this.#nodes.remove(id);
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: GOODBYE_SECONDS });
  }

  #connection(): SqlPool {
    return connect(this.#address, { max: 1, name: 'bridgehead lease' });
  }
}
