import { ApplianceError } from '../../appliance/errors.ts';
import {
  type CredentialEndpoint,
  type CredentialPreferences,
  MOST_FAVORITES,
  type NamedCredential,
} from '../../appliance/vault/credential-preferences.ts';
import type { CredentialReference } from '../../appliance/vault/credential-source.ts';
import type { Sql } from '../sql.ts';

export class PgCredentialPreferences implements CredentialPreferences {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async used(
    userId: number,
    { hostname, context }: CredentialEndpoint,
    limit: number,
  ): Promise<NamedCredential[]> {
    return await this.#sql<NamedCredential[]>`
      select source, credential_id as id, credential_name as name
        from credential_use
       where user_id = ${userId} and hostname = lower(${hostname}) and context = ${context}
       order by last_used_at desc, source, credential_id
       limit ${limit}`;
  }

  async noteUse(
    userId: number,
    { hostname, context }: CredentialEndpoint,
    { source, id, name }: NamedCredential,
  ): Promise<void> {
    await this.#sql`
      insert into credential_use (user_id, hostname, context, source, credential_id, credential_name)
      values (${userId}, lower(${hostname}), ${context}, ${source}, ${id}, ${name})
      on conflict (user_id, hostname, context, source, credential_id)
      do update set credential_name = excluded.credential_name, uses = credential_use.uses + 1,
                    last_used_at = excluded.last_used_at`;
  }

  async favorites(userId: number): Promise<CredentialReference[]> {
    return await this.#sql<CredentialReference[]>`
      select source, credential_id as id from favorite_credential where user_id = ${userId}`;
  }

  async addFavorite(userId: number, { source, id, name }: NamedCredential): Promise<boolean> {
    const sql = this.#sql;
    const [{ count } = { count: 0 }] = await sql<{ count: number }[]>`
      select count(*)::int as count from favorite_credential
       where user_id = ${userId} and (source, credential_id) <> (${source}, ${id})`;
    if (count >= MOST_FAVORITES) {
      throw new ApplianceError('invalid', `You may have at most ${MOST_FAVORITES} favourite credentials.`);
    }
    const { count: added } = await sql`
      insert into favorite_credential (user_id, source, credential_id, credential_name)
      values (${userId}, ${source}, ${id}, ${name})
      on conflict do nothing`;
    return added > 0;
  }

  async removeFavorite(userId: number, { source, id }: CredentialReference): Promise<boolean> {
    const { count } = await this.#sql`
      delete from favorite_credential where user_id = ${userId} and source = ${source} and credential_id = ${id}`;
    return count > 0;
  }

  async defaultFor(userId: number, jumpItemId: number): Promise<NamedCredential | undefined> {
    const [row] = await this.#sql<NamedCredential[]>`
      select source, credential_id as id, credential_name as name
        from default_credential where user_id = ${userId} and jump_item_id = ${jumpItemId}`;
    return row;
  }

  async setDefault(userId: number, jumpItemId: number, { source, id, name }: NamedCredential): Promise<void> {
    await this.#sql`
      insert into default_credential (user_id, jump_item_id, source, credential_id, credential_name)
      values (${userId}, ${jumpItemId}, ${source}, ${id}, ${name})
      on conflict (user_id, jump_item_id)
      do update set source = excluded.source, credential_id = excluded.credential_id,
                    credential_name = excluded.credential_name, set_at = excluded.set_at`;
  }

  async clearDefault(userId: number, jumpItemId: number): Promise<boolean> {
    const { count } = await this.#sql`
      delete from default_credential where user_id = ${userId} and jump_item_id = ${jumpItemId}`;
    return count > 0;
  }
}
