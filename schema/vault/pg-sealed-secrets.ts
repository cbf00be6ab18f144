import type { SealedSecretRows, SecretOwner } from '../../appliance/vault/sealed-secrets.ts';
import type { SealedSecret, SecretId } from '../../appliance/vault/secret-envelope.ts';
import type { Sql } from '../sql.ts';

export class PgSealedSecrets implements SealedSecretRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find({ ownerType, ownerId, name }: SecretId): Promise<SealedSecret | undefined> {
    const [row] = await this.#sql<SealedSecret[]>`
      select wrapped_by as "wrappedBy", wrapped_key as "wrappedKey", sealed from sealed_secret
       where owner_type = ${ownerType} and owner_id = ${ownerId} and name = ${name}`;
    return row;
  }

  async put({ ownerType, ownerId, name }: SecretId, envelope: SealedSecret): Promise<void> {
    await this.#sql`
      insert into sealed_secret (owner_type, owner_id, name, wrapped_by, wrapped_key, sealed)
      values (${ownerType}, ${ownerId}, ${name}, ${envelope.wrappedBy}, ${envelope.wrappedKey}, ${envelope.sealed})
      on conflict (owner_type, owner_id, name) do update
         set wrapped_by = excluded.wrapped_by, wrapped_key = excluded.wrapped_key, sealed = excluded.sealed,
             changed_at = now()`;
  }

  async delete({ ownerType, ownerId, name }: SecretId): Promise<boolean> {
    const { count } = await this.#sql`
      delete from sealed_secret where owner_type = ${ownerType} and owner_id = ${ownerId} and name = ${name}`;
    return count > 0;
  }

  async deleteAllOf({ ownerType, ownerId }: SecretOwner): Promise<void> {
    await this.#sql`delete from sealed_secret where owner_type = ${ownerType} and owner_id = ${ownerId}`;
  }

  async namesOf({ ownerType, ownerId }: SecretOwner): Promise<string[]> {
    const rows = await this.#sql<{ name: string }[]>`
      select name from sealed_secret where owner_type = ${ownerType} and owner_id = ${ownerId} order by name`;
    return rows.map(({ name }) => name);
  }

  async notWrappedBy(fingerprint: string, limit: number): Promise<(SealedSecret & { id: SecretId })[]> {
    const rows = await this.#sql<(SealedSecret & SecretId)[]>`
      select owner_type as "ownerType", owner_id as "ownerId", name, wrapped_by as "wrappedBy",
             wrapped_key as "wrappedKey", sealed
        from sealed_secret where wrapped_by <> ${fingerprint} limit ${limit}`;
    return rows.map(({ ownerType, ownerId, name, ...envelope }) => ({
      ...envelope,
      id: { ownerType, ownerId, name },
    }));
  }
}
