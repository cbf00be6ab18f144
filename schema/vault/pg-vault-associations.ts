import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { AssociatedJumpItem, AssociationRule } from '../../appliance/vault/association-rule.ts';
import type {
  AssociationOwner,
  HeldOwner,
  MatchingJumpItem,
  OwnedAssociation,
  TargetName,
  VaultAssociation,
  VaultAssociations,
} from '../../appliance/vault/vault-association.ts';
import type { Sql } from '../sql.ts';
import { ASSOCIATED, accountsAssociatedWith, narrowedTo } from './association-sql.ts';
import { accountsWithAccess } from './vault-access-sql.ts';

/** Table and key of each kind of owner. */
const OWNERS = {
  account: { table: 'vault_account', key: 'account_id', personal: 'owner_user_id' },
  account_group: { table: 'vault_account_group', key: 'account_group_id', personal: 'null' },
} as const satisfies Record<AssociationOwner['type'], object>;

const COLUMNS = `a.id, a.revision, a.filter_type as "filterType", a.host, a.name, a.tag, a.comment,
  array(select g.jump_group_id from vault_association_jump_group g where g.association_id = a.id order by 1)
    as "sharedJumpGroupIds",
  coalesce((select json_agg(json_build_object('id', i.id, 'kind', i.kind) order by i.id)
              from vault_association_jump_item l join jump_item i on i.id = l.jump_item_id
             where l.association_id = a.id), '[]') as "jumpItems"`;

export class PgVaultAssociations implements VaultAssociations {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lockOwner({ type, id }: AssociationOwner): Promise<HeldOwner | undefined> {
    const sql = this.#sql;
    const { table, personal } = OWNERS[type];
    const [row] = await sql<{ name: string; ownerUserId: number | null }[]>`
      select name, ${sql.unsafe(personal)} as "ownerUserId" from ${sql(table)} where id = ${id} for update`;
    return row && { name: row.name, ownerUserId: row.ownerUserId ?? undefined };
  }

  async find({ type, id }: AssociationOwner): Promise<VaultAssociation | undefined> {
    const sql = this.#sql;
    const [row] = await sql<VaultAssociation[]>`
      select ${sql.unsafe(COLUMNS)} from vault_association a where ${sql(OWNERS[type].key)} = ${id}`;
    return row;
  }

  async ofOwners(
    type: AssociationOwner['type'],
    ids: readonly number[],
  ): Promise<Map<number, VaultAssociation>> {
    const sql = this.#sql;
    const key = sql(OWNERS[type].key);
    const rows = await sql<(VaultAssociation & { ownerId: number })[]>`
      select ${key} as "ownerId", ${sql.unsafe(COLUMNS)} from vault_association a where ${key} = any(${[...ids]}::int[])`;
    return new Map(rows.map(({ ownerId, ...association }) => [ownerId, association]));
  }

  async insert(owner: AssociationOwner, rule: AssociationRule): Promise<VaultAssociation> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into vault_association (${sql(OWNERS[owner.type].key)}, filter_type, host, name, tag, comment)
      values (${owner.id}, ${rule.filterType}, ${[...rule.host]}, ${[...rule.name]}, ${[...rule.tag]}, ${[...rule.comment]})
      returning id, revision`;
    await this.#insertLists(row!.id, rule);
    return { ...rule, ...row! };
  }

  async update(association: VaultAssociation): Promise<number> {
    const sql = this.#sql;
    const { id, filterType, host, name, tag, comment } = association;
    const [row] = await sql<{ revision: number }[]>`
      update vault_association
         set filter_type = ${filterType}, host = ${[...host]}, name = ${[...name]}, tag = ${[...tag]},
             comment = ${[...comment]}, revision = revision + 1
       where id = ${id} returning revision`;
    await sql`delete from vault_association_jump_group where association_id = ${id}`;
    await sql`delete from vault_association_jump_item where association_id = ${id}`;
    await this.#insertLists(id, association);
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from vault_association where id = ${id}`;
  }

  async unassociable(
    items: readonly AssociatedJumpItem[],
    kinds: readonly string[],
  ): Promise<AssociatedJumpItem[]> {
    if (items.length === 0) return [];
    return await this.#sql<AssociatedJumpItem[]>`
      select w.id, w.kind from unnest(${items.map(({ id }) => id)}::int[], ${items.map(({ kind }) => kind)}::text[]) as w (id, kind)
        left join jump_item i on i.id = w.id and i.kind = w.kind and i.kind = any(${[...kinds]}::text[])
             and (i.kind <> 'protocol_tunnel' or i.settings ->> 'tunnel_type' = 'mssql')
       where i.id is null order by w.id`;
  }

  async holdingFor(accountId: number): Promise<VaultAssociation | undefined> {
    const sql = this.#sql;
    const [row] = await sql<VaultAssociation[]>`
      select ${sql.unsafe(COLUMNS)}
        from vault_account v
        left join vault_association own on own.account_id = v.id
        left join vault_association inherited on inherited.account_group_id = v.account_group_id
        join vault_association a on a.id = coalesce(own.id, inherited.id)
       where v.id = ${accountId} and v.owner_user_id is null`;
    return row;
  }

  async lockAskingOnlyFor(jumpGroupId: number): Promise<OwnedAssociation[]> {
    const sql = this.#sql;
    for (const { table, key } of [OWNERS.account_group, OWNERS.account]) {
      await sql`
        select from ${sql(table)}
         where id in (select a.${sql(key)} from vault_association_jump_group asked
                        join vault_association a on a.id = asked.association_id
                       where asked.jump_group_id = ${jumpGroupId})
         order by id for update`;
    }
    // A statement of its own, so that it sees what those have done that were waited for.
    const rows = await sql<
      (VaultAssociation & { ownerType: 'account' | 'account_group'; ownerId: number; ownerName: string })[]
    >`
      select case when a.account_id is null then 'account_group' else 'account' end as "ownerType",
             coalesce(a.account_id, a.account_group_id) as "ownerId", coalesce(v.name, owning.name) as "ownerName",
             ${sql.unsafe(COLUMNS)}
        from vault_association_jump_group asked
        join vault_association a on a.id = asked.association_id
        left join vault_account v on v.id = a.account_id
        left join vault_account_group owning on owning.id = a.account_group_id
       where asked.jump_group_id = ${jumpGroupId}
         and not (a.host = '{}' and a.name = '{}' and a.tag = '{}' and a.comment = '{}')
         and not exists (select from vault_association_jump_group other
                          where other.association_id = a.id and other.jump_group_id <> ${jumpGroupId})
       order by a.id`;
    return rows.map(({ ownerType: type, ownerId: id, ownerName, ...association }) => ({
      owner: { type, id },
      ownerName,
      association,
    }));
  }

  async isHiddenFromUser({ type, id }: AssociationOwner, userId: number): Promise<boolean> {
    const sql = this.#sql;
    const meant = type === 'account' ? sql`a.id = ${id}` : sql`a.account_group_id = ${id}`;
    const rows = await sql`
      select from ${accountsWithAccess(sql, userId)} where access.rank = 1 and ${meant} limit 1`;
    return rows.length > 0;
  }

  async matchingItems(association: VaultAssociation, page: PageRequest): Promise<Page<MatchingJumpItem>> {
    const { text, parameters } = narrowedTo(association);
    const values = [...parameters, association.id] as (number | number[] | string[])[];
    // Collected first: looking for the page alone the planner may walk all items in the order of their ids.
    const rows = await this.#sql.unsafe<(MatchingJumpItem & { total: number })[]>(
      `with found as materialized (
         select t.id from vault_association a cross join jump_item t
          where a.id = $${values.length} and ${text} and ${ASSOCIATED})
       select (select count(*)::int from found) as total, t.id, t.kind, t.name, t.hostname
         from (select 1) as always
         left join (select id from found order by id limit ${Number(page.limit)} offset ${Number(page.offset)}) as page
           on true
         left join jump_item t on t.id = page.id
        order by t.id`,
      values,
      { prepare: false },
    );
    const items = rows.flatMap(({ total: _, ...item }) => (item.id === null ? [] : [item]));
    return { items, total: rows[0]?.total ?? 0 };
  }

  async fitting(target: TargetName, accountIds: readonly number[]): Promise<Set<number>> {
    const sql = this.#sql;
    const rows = await sql<{ id: number }[]>`
      select id from (${accountsAssociatedWith(sql, target)}) as fitting where id = any(${[...accountIds]}::int[])`;
    return new Set(rows.map(({ id }) => id));
  }

  async #insertLists(id: number, { sharedJumpGroupIds, jumpItems }: AssociationRule): Promise<void> {
    const sql = this.#sql;
    if (sharedJumpGroupIds.length > 0) {
      await sql`
        insert into vault_association_jump_group (association_id, jump_group_id)
        select ${id}, unnest(${[...sharedJumpGroupIds]}::int[])`;
    }
    if (jumpItems.length > 0) {
      await sql`
        insert into vault_association_jump_item (association_id, jump_item_id)
        select ${id}, unnest(${jumpItems.map((item) => item.id)}::int[])`;
    }
  }
}
