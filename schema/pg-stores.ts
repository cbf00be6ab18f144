import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import { PgApiAccountLogins, PgApiTokens } from './access/pg-api-tokens.ts';
import { PgFirstInhabitants } from './access/pg-first-inhabitants.ts';
import { PgUserCredentials } from './access/pg-user-credentials.ts';
import { PgUserLogins } from './access/pg-user-logins.ts';
import { PgAuditLog } from './audit/pg-audit-log.ts';
import { translated } from './constraint-errors.ts';
import { PgJumpGroupMembers, PgJumpGroups } from './jump/pg-jump-groups.ts';
import { PgJumpPolicies } from './jump/pg-jump-policies.ts';
import { PgSiteSettingStore } from './settings/pg-site-setting-store.ts';
import type { Sql, SqlPool } from './sql.ts';

/** Every repository over one connection, pool or transaction. */
export function pgStores(sql: Sql): Stores {
  return {
    apiTokens: new PgApiTokens(sql),
    apiAccountLogins: new PgApiAccountLogins(sql),
    userCredentials: new PgUserCredentials(sql),
    userLogins: new PgUserLogins(sql),
    firstInhabitants: new PgFirstInhabitants(sql),
    auditLog: new PgAuditLog(sql),
    siteSettings: new PgSiteSettingStore(sql),
    jumpPolicies: new PgJumpPolicies(sql),
    jumpGroups: new PgJumpGroups(sql),
    jumpGroupMembers: new PgJumpGroupMembers(sql),
  };
}

export class PgUnitOfWork implements UnitOfWork {
  readonly #sql: SqlPool;

  constructor(sql: SqlPool) {
    this.#sql = sql;
  }

  async inTransaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    try {
      return (await this.#sql.begin((sql) => work(pgStores(sql)))) as T;
    } catch (error) {
      throw translated(error);
    }
  }
}
