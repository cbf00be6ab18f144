import type { PolicyLayer } from '../../appliance/access/effective-settings.ts';
import type {
  GroupPolicyMember,
  GroupPolicyMembers,
  UserPolicies,
} from '../../appliance/directory/group-policy.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `id, security_provider_id as "securityProviderId", user_id as "userId",
  distinguished_name as "distinguishedName", group_name as "groupName"`;

export class PgGroupPolicyMembers implements GroupPolicyMembers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(policyId: number, page: PageRequest): Promise<Page<GroupPolicyMember>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<GroupPolicyMember[]>`
        select ${sql.unsafe(COLUMNS)} from group_policy_member
         where id in (select id from group_policy_member where group_policy_id = ${policyId}
                       order by id limit ${page.limit} offset ${page.offset})
         order by id`,
      sql<{ total: number }[]>`
        select count(*)::int as total from group_policy_member where group_policy_id = ${policyId}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findOne(policyId: number, memberId: number): Promise<GroupPolicyMember | undefined> {
    const sql = this.#sql;
    const [member] = await sql<GroupPolicyMember[]>`
      select ${sql.unsafe(COLUMNS)} from group_policy_member
       where id = ${memberId} and group_policy_id = ${policyId}`;
    return member;
  }

  async insert(policyId: number, member: Omit<GroupPolicyMember, 'id'>): Promise<GroupPolicyMember> {
    const { securityProviderId, userId, distinguishedName, groupName } = member;
    const [row] = await this.#sql<{ id: number }[]>`
      insert into group_policy_member (group_policy_id, security_provider_id, user_id, distinguished_name, group_name)
      values (${policyId}, ${securityProviderId}, ${userId}, ${distinguishedName}, ${groupName})
      returning id`;
    return { ...row!, ...member };
  }

  async delete(policyId: number, memberId: number): Promise<void> {
    await this.#sql`delete from group_policy_member where id = ${memberId} and group_policy_id = ${policyId}`;
  }

  async addUser(policyId: number, user: { id: number; securityProviderId: number }): Promise<boolean> {
    const { count } = await this.#sql`
      insert into group_policy_member (group_policy_id, security_provider_id, user_id)
      values (${policyId}, ${user.securityProviderId}, ${user.id}) on conflict do nothing`;
    return count === 1;
  }

  async removeUser(policyId: number, userId: number): Promise<boolean> {
    const { count } = await this.#sql`
      delete from group_policy_member where group_policy_id = ${policyId} and user_id = ${userId}`;
    return count === 1;
  }
}

export class PgUserPolicies implements UserPolicies {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async layersOf(userIds: readonly number[]): Promise<Map<number, PolicyLayer[]>> {
    if (userIds.length === 0) return new Map();
    // A policy of many people is read once, and by its id, however many policies there are.
    const [row] = await this.#sql<{ members: Record<string, number[]>; policies: PolicyLayer[] }[]>`
      with belonging as materialized (
        select user_id, group_policy_id from user_group_policy where user_id = any(${[...userIds]}::int[]))
      select coalesce((select jsonb_object_agg(b.user_id, b.ids) from (
               select user_id, jsonb_agg(group_policy_id) as ids from belonging group by user_id) b), '{}') as members,
             coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'settings', p.settings) order by p.position)
               from (select distinct group_policy_id as id from belonging) w
              cross join lateral (select * from group_policy g where g.id = w.id offset 0) p), '[]') as policies`;
    const { members, policies } = row!;
    const layers = new Map<number, PolicyLayer[]>();
    for (const [userId, ids] of Object.entries(members)) {
      const theirs = new Set(ids);
      layers.set(
        Number(userId),
        policies.filter(({ id }) => theirs.has(id)),
      );
    }
    return layers;
  }

  async layersOfNewUser(securityProviderId: number): Promise<PolicyLayer[]> {
    return await this.#sql<PolicyLayer[]>`
      select p.id, p.name, p.settings
        from security_provider s join group_policy p on p.id = s.default_group_policy_id
       where s.id = ${securityProviderId}`;
  }
}
