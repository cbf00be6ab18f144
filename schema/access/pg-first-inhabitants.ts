import type { FirstInhabitants } from '../../appliance/access/first-start.ts';
import type { Sql } from '../sql.ts';

export class PgFirstInhabitants implements FirstInhabitants {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async siteIsEmpty(): Promise<boolean> {
    const sql = this.#sql;
    await sql`select pg_advisory_xact_lock(hashtext('bridgehead first start'))`;
    const [row] = await sql<{ empty: boolean }[]>`select not exists (select from app_user) as empty`;
    return row!.empty;
  }

  async createAdministrator(user: Parameters<FirstInhabitants['createAdministrator']>[0]): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number }[]>`
      insert into app_user (username, public_display_name, private_display_name, password_hash, must_change_password,
                            perm_admin)
      values (${user.username}, ${user.displayName}, ${user.displayName}, ${user.passwordHash},
              ${user.mustChangePassword}, true)
      returning id`;
    return row!.id;
  }

  async createApiAccount(account: Parameters<FirstInhabitants['createApiAccount']>[0]): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number }[]>`
      insert into api_account (name, client_id, secret_hash, perm_command, permissions)
      values (${account.name}, ${account.clientId}, ${account.secretHash}, ${account.commandLevel},
              ${[...account.permissions]})
      returning id`;
    return row!.id;
  }
}
