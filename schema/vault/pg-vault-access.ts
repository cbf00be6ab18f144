import type { VaultAccess, VaultRole } from '../../appliance/vault/vault-access.ts';
import type { Sql } from '../sql.ts';
import { accountsWithAccess, type RoleColumn, roleColumn } from './vault-access-sql.ts';

export class PgVaultAccess implements VaultAccess {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async roleOf(userId: number, accountId: number): Promise<VaultRole | undefined> {
    const sql = this.#sql;
    const [row] = await sql<{ role: RoleColumn }[]>`
      select ${roleColumn(sql)} as role from ${accountsWithAccess(sql, userId, accountId)}`;
    return row?.role;
  }
}
