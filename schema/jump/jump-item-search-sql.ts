import { JUMP_ITEM_KINDS, type Visibility } from '../../appliance/jump/jump-item.ts';
import { KINDS } from '../../appliance/jump/jump-item-kinds.ts';
import {
  JUMP_ITEM_STATUSES,
  type JumpItemSearchQuery,
  type JumpItemSort,
  SEARCH_FIELDS,
  type SearchField,
} from '../../appliance/jump/jump-item-search.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import { VISIBLE_GROUPS } from './jump-item-visibility.ts';

type Parameter = string | number;

/** Parts of the statements of one search, over `jump_item i`. Values are parameters, never text of the statement. */
export interface SearchStatement {
  where: string;
  parameters: Parameter[];
  sort: { expression: string; type: 'text' | 'timestamptz' };
  direction: 'asc' | 'desc';
  /** Joins that the sort (and the filters) need. */
  sortJoins: string;
  /** Joins that the filters need. */
  countJoins: string;
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
const OWNER_JOINS = `left join jump_group g on g.id = i.jump_group_id left join app_user o on o.id = i.owner_user_id`;

/** Name and status of each Jumpoint; there are few, so they are worked out once per statement. */
const JUMPOINT_JOIN = `left join (
  select j.id, j.name,
         case when not j.enabled then 'disabled'
              when exists (select 1 from jumpoint_node n
                             join server_node s on s.id = n.connected_node_id
                              and s.heartbeat_at > clock_timestamp() - interval '${LEASE_SECONDS} seconds'
                            where n.jumpoint_id = j.id and n.revoked_at is null) then 'available'
              else 'offline' end as status
    from jumpoint j offset 0) as jp on jp.id = i.jumpoint_id`;
const STATUS = `coalesce(jp.status, 'available')`;

export const HIT_JOINS = `${OWNER_JOINS} ${JUMPOINT_JOIN}`;
export const HIT_COLUMNS = `i.id, i.kind, i.name, i.hostname, i.port, i.username,
  case when i.jump_group_id is null then 'personal' else 'shared' end as "jumpGroupType",
  coalesce(i.jump_group_id, i.owner_user_id) as "jumpGroupId", ${OWNER_NAME} as "group",
  i.jumpoint_id as "jumpointId", coalesce(jp.name, '') as jumpoint, i.jump_policy_id as "jumpPolicyId", i.tag,
  i.comments, ${STATUS} as status, i.console_user as "consoleUser", i.domain, i.fqdn, i.workgroup,
  i.private_ip as "privateIp", i.public_ip as "publicIp", i.last_accessed_at as "lastAccessedAt",
  coalesce(i.external_id, '') as "externalId", i.created_at as "createdAt"`;

const METHOD_LABEL = `case i.kind ${JUMP_ITEM_KINDS.map((kind) => `when '${kind}' then '${KINDS[kind].label.toLowerCase()}'`).join(' ')} end`;

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

export function searchStatement(query: JumpItemSearchQuery, visibility: Visibility): SearchStatement {
  const parameters: Parameter[] = [];
  const add = (value: Parameter) => `$${parameters.push(value)}`;
  const conditions = [
    ...filterConditions(query, visibility, add),
    ...query.words.map((word) => wordCondition(word, query.fields, add)),
    ...(query.containing ?? []).map(({ field, text }) => wordCondition(text, [field], add)),
  ];
  const where =
    conditions.length === 0 ? 'true' : conditions.map((condition) => `(${condition})`).join(' and ');
  const { expression, type, joins } = SORTS[query.sort];
  const filterJoins = where.includes(STATUS) ? [JUMPOINT_JOIN] : [];
  return {
    where,
    parameters,
    sort: { expression, type },
    direction: query.order,
    sortJoins: [...new Set([joins, ...filterJoins])].join(' '),
    countJoins: filterJoins.join(' '),
  };
}

function filterConditions(
  query: JumpItemSearchQuery,
  visibility: Visibility,
  add: (value: Parameter) => string,
): string[] {
  const conditions: string[] = [];
  if (visibility !== 'everything') {
    const user = `${add(visibility.userId)}::int`;
    conditions.push(
      `i.owner_user_id = ${user} or i.jump_group_id in (${VISIBLE_GROUPS} where m.user_id = ${user})`,
    );
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
  if (query.status !== undefined) conditions.push(`${STATUS} = ${add(query.status)}`);
  return conditions;
}

/** The word occurs in one of the fields. Every arm can use an index, so that they can be combined by bitmaps. */
function wordCondition(
  word: string,
  fields: readonly SearchField[],
  add: (value: Parameter) => string,
): string {
  // A statement may not have a parameter that it does not use, and each arm can share this one.
  let added: string | undefined;
  const like = (expression: string) => {
    added ??= `'%' || lower(${add(escapedForLike(word))}) || '%'`;
    return `${expression} like ${added}`;
  };
  const arms: string[] = [];
  const wanted = new Set(fields.length === 0 ? SEARCH_FIELDS : fields);
  const texts = Object.entries(TEXT_COLUMNS).filter(([field]) => wanted.has(field as SearchField));
  if (texts.length === Object.keys(TEXT_COLUMNS).length) arms.push(like('i.search_text'));
  else if (texts.length > 0) {
    const columns = texts.map(([, column]) => like(`lower(${column})`)).join(' or ');
    arms.push(`${like('i.search_text')} and (${columns})`);
  }
  if (wanted.has('group')) {
    arms.push(`i.jump_group_id = any(array(select id from jump_group where ${like('lower(name)')}))`);
    const ownerName = `lower(coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username))`;
    arms.push(`i.owner_user_id = any(array(select id from app_user where ${like(ownerName)}))`);
  }
  if (wanted.has('jump_method')) {
    const kinds = JUMP_ITEM_KINDS.filter((kind) =>
      KINDS[kind].label.toLowerCase().includes(word.toLowerCase()),
    );
    if (kinds.length > 0) arms.push(`i.kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`);
  }
  if (wanted.has('status')) {
    const statuses = JUMP_ITEM_STATUSES.filter((status) => status.includes(word.toLowerCase()));
    if (statuses.length > 0)
      arms.push(`${STATUS} in (${statuses.map((status) => `'${status}'`).join(', ')})`);
  }
  const day = wanted.has('last_accessed') ? dayRange(word) : undefined;
  if (day !== undefined) {
    arms.push(
      `i.last_accessed_at >= ${add(day.from)}::text::timestamptz and i.last_accessed_at < ${add(day.to)}::text::timestamptz`,
    );
  }
  return arms.length === 0 ? 'false' : arms.map((arm) => `(${arm})`).join(' or ');
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

function escapedForLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}
