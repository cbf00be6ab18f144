import {
  type AssociationRule,
  patternText,
  UNASSOCIABLE_KIND,
} from '../../appliance/vault/association-rule.ts';
import type { TargetName } from '../../appliance/vault/vault-association.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

/**
 * Whether the association `a` (a row of `vault_association`) is for the target `t`: a row of `jump_item`, or of
 * {@link associationTarget}. The same as `isAssociated` of `appliance/vault/association-rule.ts`; a test keeps it so.
 */
export const ASSOCIATED = `
  case a.filter_type when 'any_jump_items' then true when 'no_jump_items' then false
  else t.kind is distinct from '${UNASSOCIABLE_KIND}' and (
    coalesce(
      (a.host = '{}' or lower(t.hostname) like any (a.host_like))
      and (a.name = '{}' or lower(t.name) like any (a.name_like))
      and (a.tag = '{}' or lower(t.tag) like any (a.tag_like))
      and (a.comment = '{}' or lower(t.comments) like any (a.comment_like))
      and (exists (select from vault_association_jump_group g where g.association_id = a.id and g.jump_group_id = t.jump_group_id)
        or (not (a.host = '{}' and a.name = '{}' and a.tag = '{}' and a.comment = '{}')
          and not exists (select from vault_association_jump_group g where g.association_id = a.id))), false)
    or exists (select from vault_association_jump_item l where l.association_id = a.id and l.jump_item_id = t.id))
  end`;

/** A query of one row, or of none for a Jump Item that is gone. */
export function associationTarget(sql: Sql, { jumpItemId, hostname }: TargetName) {
  return jumpItemId === undefined
    ? sql`
        select null::int as id, null as kind, null::int as jump_group_id, ${hostname}::text as hostname,
               null as name, null as tag, null as comments`
    : sql`
        select id, kind, jump_group_id, hostname, name, tag, comments from jump_item where id = ${jumpItemId}`;
}

/**
 * A query of the ids of all vault accounts that fit the target: by their own association or else that of their group;
 * personal ones fit everywhere. Each association is looked at once, however many accounts inherit it.
 */
export function accountsAssociatedWith(sql: Sql, target: TargetName) {
  return sql`
    with fitting as materialized (
      select a.id, a.account_id, a.account_group_id
        from vault_association a cross join (${associationTarget(sql, target)}) as t
       where ${sql.unsafe(ASSOCIATED)})
    select account_id as id from fitting where account_id is not null
    union all
    select v.id from vault_account v
     where v.account_group_id in (select account_group_id from fitting where account_group_id is not null)
       and not exists (select from vault_association own where own.account_id = v.id)
    union all
    select v.id from vault_account v where v.owner_user_id is not null`;
}

/** Fewer letters than this cannot be looked up in the index of what Jump Items are searched by. */
const INDEXED_LENGTH = 3;

/** Part of a statement with the values of its parameters, of which the first is `$1`. */
export interface Condition {
  text: string;
  parameters: (readonly number[] | readonly string[])[];
}

/**
 * A condition that every Jump Item `t` of the association meets and that indexes answer: what has to be looked at.
 */
export function narrowedTo(rule: AssociationRule): Condition {
  if (rule.filterType === 'any_jump_items') return { text: 'true', parameters: [] };
  if (rule.filterType === 'no_jump_items') return { text: 'false', parameters: [] };
  const listed = rule.jumpItems.map(({ id }) => id);
  const or = (text: string, values: readonly number[] | readonly string[]): Condition => ({
    text: `(t.id = any($1::int[]) or ${text})`,
    parameters: [listed, values],
  });
  if (rule.sharedJumpGroupIds.length > 0)
    return or('t.jump_group_id = any($2::int[])', rule.sharedJumpGroupIds);
  // Whole texts have an index of their own, of hosts and of names.
  if (isWhole(rule.host)) return or('lower(t.hostname) = any($2::text[])', rule.host);
  if (isWhole(rule.name)) return or('lower(t.name) = any($2::text[])', rule.name);
  const given = [rule.host, rule.name, rule.tag, rule.comment].filter((patterns) => patterns.length > 0);
  if (given.length === 0) return { text: 't.id = any($1::int[])', parameters: [listed] };
  const searchable = given
    .map((patterns) => patterns.map(patternText))
    .find((texts) => texts.every((text) => text.length >= INDEXED_LENGTH));
  if (searchable === undefined) return { text: 'true', parameters: [] };
  const parts = searchable.map((text) => `%${escapedForLike(text)}%`);
  // Not knowing the texts the planner takes the index. Knowing them it fears the letters that all items have.
  return or('t.search_text like any (array(select unnest($2::text[])))', parts);
}

function isWhole(patterns: readonly string[]): boolean {
  return patterns.length > 0 && patterns.every((pattern) => patternText(pattern) === pattern);
}
