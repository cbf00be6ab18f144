import type { Rewrapping, SealedSecretRows, SecretOwner } from '../../appliance/vault/keys/sealed-secrets.ts';
import type { SealedSecret, SecretId } from '../../appliance/vault/keys/secret-envelope.ts';
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

  async holdCurrentKey(): Promise<string> {
    const [row] = await this.#sql<{ fingerprint: string }[]>`
      select fingerprint from vault_key where state = 'current' for key share`;
    if (row === undefined) throw new Error('The database names no current vault key.');
    return row.fingerprint;
  }

  async lockNotWrappedBy(fingerprint: string, limit: number): Promise<(SealedSecret & { id: SecretId })[]> {
    const rows = await this.#sql<(SealedSecret & SecretId)[]>`
      select owner_type as "ownerType", owner_id as "ownerId", name, wrapped_by as "wrappedBy",
             wrapped_key as "wrappedKey", sealed
        from sealed_secret where wrapped_by <> ${fingerprint}
       order by owner_type, owner_id, name limit ${limit} for update`;
    return rows.map(({ ownerType, ownerId, name, ...envelope }) => ({
      ...envelope,
      id: { ownerType, ownerId, name },
    }));
  }

  async rewrap(wrappings: readonly Rewrapping[]): Promise<void> {
    if (wrappings.length === 0) return;
    const list = <T>(of: (one: Rewrapping) => T) => wrappings.map(of);
    await this.#sql`
      update sealed_secret s set wrapped_by = w.wrapped_by, wrapped_key = decode(w.wrapped_key, 'base64')
        from unnest(${list(({ id }) => id.ownerType)}::text[], ${list(({ id }) => id.ownerId)}::int[],
                    ${list(({ id }) => id.name)}::text[], ${list(({ wrappedBy }) => wrappedBy)}::text[],
                    ${list(({ wrappedKey }) => wrappedKey.toString('base64'))}::text[])
             as w (owner_type, owner_id, name, wrapped_by, wrapped_key)
       where s.owner_type = w.owner_type and s.owner_id = w.owner_id and s.name = w.name`;
  }
}
