import { EVERY_JUMP_ITEM_KIND, type Visibility } from '../../appliance/jump/jump-item.ts';
import { KINDS } from '../../appliance/jump/jump-item-kinds.ts';
import {
  JUMP_ITEM_STATUSES,
  type JumpItemSearchQuery,
  type JumpItemSort,
  type JumpItemStatus,
  type SearchField,
} from '../../appliance/jump/jump-item-search.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import { ASSOCIATED } from '../vault/association-sql.ts';
import { isOneOf, visibleText } from './jump-item-visibility.ts';

type Parameter = string | number;

/** Parts of the statements of one search, over `jump_item i`. Values are parameters, never text of the statement. */
export interface SearchStatement {
  where: string;
  parameters: Parameter[];
  sort: { expression: string; type: 'text' | 'timestamptz' };
  direction: 'asc' | 'desc';
  /** Joins that the sort needs. */
  sortJoins: string;
}

/**
 * Ids that stand for what a search says about groups, owners and Jumpoints. They are looked up first: knowing them,
 * the planner sees how few rows are meant and which indexes to combine.
 */
export interface SearchFacts {
  /** By word: Jump Groups and owners with the word in their name. */
  groups: readonly (readonly number[])[];
  owners: readonly (readonly number[])[];
  jumpoints: Readonly<Record<JumpItemStatus, readonly number[]>>;
}

/** Columns of `search_text`, which the trigram index covers. */
const TEXT_COLUMNS = {
  comments: 'i.comments',
  console_user: 'i.console_user',
  domain: 'i.domain',
  fqdn: 'i.fqdn',
  hostname: 'i.hostname',
  name: 'i.name',
  private_ip: 'i.private_ip',
  public_ip: 'i.public_ip',
  tag: 'i.tag',
  workgroup: 'i.workgroup',
} as const satisfies Partial<Record<SearchField, string>>;

const OWNER_NAME = `coalesce(g.name, nullif(o.private_display_name, ''), nullif(o.public_display_name, ''), o.username)`;
const OWNER_NAME_LOWER = `lower(coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username))`;
const OWNER_JOINS = `left join jump_group g on g.id = i.jump_group_id left join app_user o on o.id = i.owner_user_id`;

/** Name and status of each Jumpoint; there are few, so they are worked out once per statement. */
const JUMPOINTS = `select j.id, j.name,
         case when not j.enabled then 'disabled'
              when exists (select 1 from jumpoint_node n
                             join server_node s on s.id = n.connected_node_id
                              and s.heartbeat_at > clock_timestamp() - interval '${LEASE_SECONDS} seconds'
                            where n.jumpoint_id = j.id and n.revoked_at is null) then 'available'
              else 'offline' end as status
    from jumpoint j offset 0`;
const JUMPOINT_JOIN = `left join (${JUMPOINTS}) as jp on jp.id = i.jumpoint_id`;
const STATUS = `coalesce(jp.status, 'available')`;

export const HIT_JOINS = `${OWNER_JOINS} ${JUMPOINT_JOIN}`;
export const HIT_COLUMNS = `i.id, i.kind, i.name, i.hostname, i.port, i.username,
  case when i.jump_group_id is null then 'personal' else 'shared' end as "jumpGroupType",
  coalesce(i.jump_group_id, i.owner_user_id) as "jumpGroupId", ${OWNER_NAME} as "group",
  i.jumpoint_id as "jumpointId", coalesce(jp.name, '') as jumpoint, i.jump_policy_id as "jumpPolicyId", i.tag,
  i.comments, ${STATUS} as status, i.console_user as "consoleUser", i.domain, i.fqdn, i.workgroup,
  i.private_ip as "privateIp", i.public_ip as "publicIp", i.last_accessed_at as "lastAccessedAt",
  coalesce(i.external_id, '') as "externalId", i.created_at as "createdAt"`;

const METHOD_LABEL = `case i.kind ${EVERY_JUMP_ITEM_KIND.map((kind) => `when '${kind}' then '${KINDS[kind].label.toLowerCase()}'`).join(' ')} end`;

const byText = (expression: string, joins = '') => ({ expression, type: 'text' as const, joins });
const byTime = (expression: string) => ({ expression, type: 'timestamptz' as const, joins: '' });
const SORTS: Record<JumpItemSort, { expression: string; type: 'text' | 'timestamptz'; joins: string }> = {
  name: byText('lower(i.name)'),
  hostname: byText('lower(i.hostname)'),
  jump_method: byText(METHOD_LABEL),
  group: byText(`lower(${OWNER_NAME})`, OWNER_JOINS),
  jumpoint: byText(`lower(coalesce(jp.name, ''))`, JUMPOINT_JOIN),
  status: byText(STATUS, JUMPOINT_JOIN),
  tag: byText('lower(i.tag)'),
  comments: byText('lower(i.comments)'),
  console_user: byText('lower(i.console_user)'),
  domain: byText('lower(i.domain)'),
  fqdn: byText('lower(i.fqdn)'),
  workgroup: byText('lower(i.workgroup)'),
  private_ip: byText('i.private_ip'),
  public_ip: byText('i.public_ip'),
  // Never accessed comes before every time.
  last_accessed: byTime(`coalesce(i.last_accessed_at, '-infinity')`),
  created_at: byTime('i.created_at'),
};

/** The statement that looks up {@link SearchFacts}; undefined when the search needs none. */
export function factsStatement(
  query: JumpItemSearchQuery,
): { text: string; parameters: Parameter[] } | undefined {
  const parameters: Parameter[] = [];
  const add = (value: Parameter) => `$${parameters.push(value)}`;
  const columns: string[] = [];
  if (query.words.length > 0 && query.fields.includes('group')) {
    const patterns = query.words.map((word) => `'%' || lower(${add(escapedForLike(word))}) || '%'`);
    const each = (select: string) =>
      `json_build_array(${patterns.map((pattern) => `array(${select} like ${pattern})`).join(', ')})`;
    columns.push(`${each('select id from jump_group where lower(name)')} as groups`);
    columns.push(`${each(`select id from app_user where ${OWNER_NAME_LOWER}`)} as owners`);
  }
  if (query.status !== undefined || (query.words.length > 0 && query.fields.includes('status'))) {
    const ids = (status: JumpItemStatus) =>
      `'${status}', array(select id from known where status = '${status}')`;
    columns.push(`(with known as materialized (${JUMPOINTS})
      select json_build_object(${JUMP_ITEM_STATUSES.map(ids).join(', ')})) as jumpoints`);
  }
  return columns.length === 0 ? undefined : { text: `select ${columns.join(', ')}`, parameters };
}

export function searchStatement(
  query: JumpItemSearchQuery,
  visibility: Visibility,
  facts: SearchFacts,
): SearchStatement {
  const parameters: Parameter[] = [];
  const add = (value: Parameter) => `$${parameters.push(value)}`;
  const conditions = filterConditions(query, visibility, facts, add);
  for (const [index, word] of query.words.entries()) {
    conditions.push(wordCondition(word, index, query.fields, facts, add));
  }
  for (const { field, text } of query.containing ?? [])
    conditions.push(...textArms(text, new Set([field]), add));
  const { expression, type, joins } = SORTS[query.sort];
  return {
    where: conditions.length === 0 ? 'true' : conditions.map((condition) => `(${condition})`).join(' and '),
    parameters,
    sort: { expression, type },
    direction: query.order,
    sortJoins: joins,
  };
}

function filterConditions(
  query: JumpItemSearchQuery,
  visibility: Visibility,
  facts: SearchFacts,
  add: (value: Parameter) => string,
): string[] {
  const conditions: string[] = [];
  if (visibility !== 'everything') {
    conditions.push(visibleText(visibility));
  }
  if (query.kinds !== undefined) conditions.push(`i.kind in (${query.kinds.map(add).join(', ')})`);
  if (query.jumpGroupId !== undefined) {
    const column = query.jumpGroupType === 'personal' ? 'i.owner_user_id' : 'i.jump_group_id';
    conditions.push(`${column} = ${add(query.jumpGroupId)}::int`);
  }
  if (query.jumpGroupType === 'shared') conditions.push('i.jump_group_id is not null');
  if (query.jumpGroupType === 'personal') conditions.push('i.owner_user_id is not null');
  if (query.jumpointId !== undefined) conditions.push(`i.jumpoint_id = ${add(query.jumpointId)}::int`);
  if (query.jumpPolicyId !== undefined) conditions.push(`i.jump_policy_id = ${add(query.jumpPolicyId)}::int`);
  if (query.tag !== undefined) conditions.push(`lower(i.tag) = lower(${add(query.tag)})`);
  // The tag is part of the text that has a trigram index; this finds the candidates.
  if (query.tag) conditions.push(`i.search_text like '%' || lower(${add(escapedForLike(query.tag))}) || '%'`);
  if (query.status !== undefined) conditions.push(hasStatus(query.status, facts));
  if (query.associationId !== undefined) {
    conditions.push(`exists (select from vault_association a cross join lateral
        (select i.id, i.kind, i.jump_group_id, i.hostname, i.name, i.tag, i.comments) as t
      where a.id = ${add(query.associationId)}::int and (${ASSOCIATED}))`);
  }
  return conditions;
}

/** The word occurs in one of the fields. Every arm can use an index, so that they can be combined by bitmaps. */
function wordCondition(
  word: string,
  index: number,
  fields: readonly SearchField[],
  facts: SearchFacts,
  add: (value: Parameter) => string,
): string {
  const wanted = new Set(fields);
  const arms = textArms(word, wanted, add);
  const groups = facts.groups[index] ?? [];
  const owners = facts.owners[index] ?? [];
  if (wanted.has('group') && groups.length > 0) arms.push(isOneOf('i.jump_group_id', groups));
  if (wanted.has('group') && owners.length > 0) arms.push(isOneOf('i.owner_user_id', owners));
  const small = word.toLowerCase();
  if (wanted.has('jump_method')) {
    const kinds = EVERY_JUMP_ITEM_KIND.filter((kind) => KINDS[kind].label.toLowerCase().includes(small));
    if (kinds.length > 0) arms.push(`i.kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`);
  }
  if (wanted.has('status')) {
    for (const status of JUMP_ITEM_STATUSES) if (status.includes(small)) arms.push(hasStatus(status, facts));
  }
  const day = wanted.has('last_accessed') ? dayRange(word) : undefined;
  if (day !== undefined) {
    arms.push(
      `i.last_accessed_at >= ${add(day.from)}::text::timestamptz and i.last_accessed_at < ${add(day.to)}::text::timestamptz`,
    );
  }
  return arms.length === 0 ? 'false' : arms.map((arm) => `(${arm})`).join(' or ');
}

/** The trigram index covers all text columns together; asked for some of them, it finds the candidates. */
function textArms(
  word: string,
  wanted: ReadonlySet<SearchField>,
  add: (value: Parameter) => string,
): string[] {
  const columns = Object.entries(TEXT_COLUMNS).filter(([field]) => wanted.has(field as SearchField));
  if (columns.length === 0) return [];
  const pattern = `'%' || lower(${add(escapedForLike(word))}) || '%'`;
  const all = `i.search_text like ${pattern}`;
  if (columns.length === Object.keys(TEXT_COLUMNS).length) return [all];
  return [`${all} and (${columns.map(([, column]) => `lower(${column}) like ${pattern}`).join(' or ')})`];
}

function hasStatus(status: JumpItemStatus, { jumpoints }: SearchFacts): string {
  const has = isOneOf('i.jumpoint_id', jumpoints[status]);
  return status === 'available' ? `${has} or i.jumpoint_id is null` : has;
}

/** The year, month or day (UTC) that a word such as `2026`, `2026-01` or `2026-01-05` names. */
function dayRange(word: string): { from: string; to: string } | undefined {
  const match = /^([1-8]\d{3})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$/.exec(word);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), match[2], match[3]];
  const from = Date.UTC(
    year,
    month === undefined ? 0 : Number(month) - 1,
    day === undefined ? 1 : Number(day),
  );
  const to =
    day !== undefined
      ? Date.UTC(year, Number(month) - 1, Number(day) + 1)
      : Date.UTC(month === undefined ? year + 1 : year, month === undefined ? 0 : Number(month), 1);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

export function escapedForLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}
