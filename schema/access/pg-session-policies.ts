import {
  GLOBAL_SESSION_POLICY_ID,
  type SessionPolicies,
  type SessionPolicy,
  type SessionPolicyUses,
} from '../../appliance/access/session-policy.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';
import { type UseQuery, usesOf } from '../uses.ts';

const OWN = ['attended_session_policy_id', 'unattended_session_policy_id'] as const;
const ITEM = ['session_policy_id', 'attended_session_policy_id'] as const;

const USERS: UseQuery[] = [
  { type: 'user', table: 'app_user', name: 't.username', columns: OWN },
  { type: 'group_policy', table: 'group_policy', name: 't.name', columns: OWN },
];
const JUMP_ITEMS: UseQuery[] = [
  { type: 'jump_item', table: 'jump_item', name: 't.name', columns: ITEM },
  { type: 'jump_client_installer', table: 'jump_client_installer', name: 't.name', columns: ITEM },
];
const PORTALS: UseQuery[] = [
  { type: 'public_portal', table: 'public_portal', name: 't.name', columns: ['session_policy_id'] },
];

export class PgSessionPolicies implements SessionPolicies {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(page: PageRequest): Promise<Page<SessionPolicy>> {
    const sql = this.#sql;
    const listed = sql`where id <> ${GLOBAL_SESSION_POLICY_ID}`;
    const [items, [count]] = await Promise.all([
      sql<SessionPolicy[]>`
        select ${this.#columns()} from session_policy
         where id in (select id from session_policy ${listed} order by id limit ${page.limit} offset ${page.offset})
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from session_policy ${listed}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<SessionPolicy | undefined> {
    const [policy] = await this.#sql<SessionPolicy[]>`
      select ${this.#columns()} from session_policy where id = ${id}`;
    return policy;
  }

  async lockById(id: number): Promise<SessionPolicy | undefined> {
    const [policy] = await this.#sql<SessionPolicy[]>`
      select ${this.#columns()} from session_policy where id = ${id} for update`;
    return policy;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from session_policy where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(policy: Omit<SessionPolicy, 'id' | 'revision'>): Promise<SessionPolicy> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into session_policy ${sql(toRow(policy))} returning id, revision`;
    await this.#setPermissions(row!.id, policy);
    return { ...row!, ...policy };
  }

  async update(policy: SessionPolicy): Promise<number> {
    const sql = this.#sql;
    await this.#setPermissions(policy.id, policy);
    const [row] = await sql<{ revision: number }[]>`
      update session_policy set ${sql(toRow(policy))}, revision = revision + 1
       where id = ${policy.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from session_policy where id = ${id}`;
  }

  async usesOf(id: number): Promise<SessionPolicyUses> {
    const [users, jumpItems, portals] = await Promise.all([
      usesOf(this.#sql, USERS, id),
      usesOf(this.#sql, JUMP_ITEMS, id),
      usesOf(this.#sql, PORTALS, id),
    ]);
    return { users, jumpItems, portals };
  }

  async #setPermissions(id: number, { permissions }: Pick<SessionPolicy, 'permissions'>): Promise<void> {
    await this.#sql`
      update session_policy set permissions = ${JSON.stringify(permissions)}::text::jsonb where id = ${id}`;
  }

  #columns() {
    return this.#sql`
      id, revision, display_name as "displayName", code_name as "codeName", description, permissions,
      available_to_users as "availableToUsers", available_to_jump_items as "availableToJumpItems",
      available_to_rep_invite as "availableToRepInvite", available_to_portals as "availableToPortals"`;
  }
}

function toRow(policy: Omit<SessionPolicy, 'id' | 'revision'>) {
  return {
    display_name: policy.displayName,
    code_name: policy.codeName,
    description: policy.description,
    available_to_users: policy.availableToUsers,
    available_to_jump_items: policy.availableToJumpItems,
    available_to_rep_invite: policy.availableToRepInvite,
    available_to_portals: policy.availableToPortals,
  };
}
