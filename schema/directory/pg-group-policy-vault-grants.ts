import type {
  GroupPolicyVaultGrants,
  PolicyVaultGrant,
  PolicyVaultKind,
} from '../../appliance/directory/group-policy-vault.ts';
import type { Sql } from '../sql.ts';

/** Table and key of each kind. */
const TABLES = {
  vault_account: {
    table: 'group_policy_vault_account',
    key: 'account_id',
    personal: 'owner_user_id is not null',
  },
  vault_account_group: {
    table: 'group_policy_vault_account_group',
    key: 'account_group_id',
    personal: 'false',
  },
} as const satisfies Record<PolicyVaultKind, object>;

export class PgGroupPolicyVaultGrants implements GroupPolicyVaultGrants {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(kind: PolicyVaultKind, policyId: number): Promise<PolicyVaultGrant[]> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    return await sql<PolicyVaultGrant[]>`
      select ${sql(key)} as id, role from ${sql(table)} where group_policy_id = ${policyId} order by ${sql(key)}`;
  }

  async findOne(kind: PolicyVaultKind, policyId: number, id: number): Promise<PolicyVaultGrant | undefined> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    const [grant] = await sql<PolicyVaultGrant[]>`
      select ${sql(key)} as id, role from ${sql(table)} where group_policy_id = ${policyId} and ${sql(key)} = ${id}`;
    return grant;
  }

  async lockTarget(
    kind: PolicyVaultKind,
    id: number,
  ): Promise<{ name: string; personal: boolean } | undefined> {
    const sql = this.#sql;
    const [target] = await sql<{ name: string; personal: boolean }[]>`
      select name, ${sql.unsafe(TABLES[kind].personal)} as personal from ${sql(kind)} where id = ${id} for key share`;
    return target;
  }

  async insert(kind: PolicyVaultKind, policyId: number, { id, role }: PolicyVaultGrant): Promise<void> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    await sql`insert into ${sql(table)} ${sql({ group_policy_id: policyId, [key]: id, role })}`;
  }

  async delete(kind: PolicyVaultKind, policyId: number, id: number): Promise<void> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    await sql`delete from ${sql(table)} where group_policy_id = ${policyId} and ${sql(key)} = ${id}`;
  }
}
