import type {
  FieldValue,
  JumpItem,
  JumpItemFilter,
  JumpItemKind,
  JumpItems,
  NewJumpItem,
  Visibility,
} from '../../appliance/jump/jump-item.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';
import { escapedForLike } from './jump-item-search-sql.ts';
import { isVisible } from './jump-item-visibility.ts';

export interface JumpItemRow {
  id: number;
  kind: JumpItemKind;
  name: string;
  hostname: string;
  jump_group_id: number | null;
  owner_user_id: number | null;
  jumpoint_id: number | null;
  port: number | null;
  username: string;
  domain: string;
  tag: string;
  comments: string;
  jump_policy_id: number | null;
  session_policy_id: number | null;
  attended_session_policy_id: number | null;
  public_portal_id: number | null;
  external_id: string | null;
  settings: Record<string, FieldValue>;
  vault_endpoint_id: number | null;
  revision: number;
}

/** What {@link toJumpItem} reads, for select lists over `jump_item i`. */
export const JUMP_ITEM_COLUMNS = `i.id, i.kind, i.name, i.hostname, i.jump_group_id, i.owner_user_id, i.jumpoint_id,
  i.port, i.username, i.domain, i.tag, i.comments, i.jump_policy_id, i.session_policy_id,
  i.attended_session_policy_id, i.public_portal_id, i.external_id, i.settings, i.vault_endpoint_id,
  i.revision`;

// The statements of every call are not put together anew each time.
const FIND = `select ${JUMP_ITEM_COLUMNS} from jump_item i where i.id = $1 and ($2::text is null or i.kind = $2)`;

/** What writing sets, in the order of {@link writtenValues}. */
const WRITTEN = [
  'name',
  'hostname',
  'jump_group_id',
  'owner_user_id',
  'jumpoint_id',
  'port',
  'username',
  'domain',
  'tag',
  'comments',
  'jump_policy_id',
  'session_policy_id',
  'attended_session_policy_id',
  'public_portal_id',
  'external_id',
  'settings',
];
/** `$1` is the kind of a new item and the id of one that changes. */
const PLACEHOLDERS = WRITTEN.map(
  (column, index) => `$${index + 2}${column === 'settings' ? '::text::jsonb' : ''}`,
);
const INSERT = `insert into jump_item as i (kind, ${WRITTEN.join(', ')}) values ($1, ${PLACEHOLDERS.join(', ')})
  returning ${JUMP_ITEM_COLUMNS}`;
const UPDATE = `update jump_item as i
  set ${WRITTEN.map((column, index) => `${column} = ${PLACEHOLDERS[index]}`).join(', ')}, revision = i.revision + 1
  where i.id = $1 returning ${JUMP_ITEM_COLUMNS}`;

export class PgJumpItems implements JumpItems {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findById(id: number, kind?: JumpItemKind): Promise<JumpItem | undefined> {
    const [row] = await this.#sql.unsafe<JumpItemRow[]>(FIND, [id, kind ?? null], { prepare: true });
    return row && toJumpItem(row);
  }

  async lockById(id: number, kind?: JumpItemKind): Promise<JumpItem | undefined> {
    const [row] = await this.#sql.unsafe<JumpItemRow[]>(`${FIND} for update`, [id, kind ?? null], {
      prepare: true,
    });
    return row && toJumpItem(row);
  }

  async lockMany(ids: readonly number[]): Promise<JumpItem[]> {
    const sql = this.#sql;
    const rows = await sql<JumpItemRow[]>`
      select ${sql.unsafe(JUMP_ITEM_COLUMNS)} from jump_item i
       where i.id = any(${[...ids]}::int[]) order by i.id for update`;
    return rows.map(toJumpItem);
  }

  async list(
    kind: JumpItemKind,
    filter: JumpItemFilter,
    visibility: Visibility,
    page: PageRequest,
  ): Promise<Page<JumpItem>> {
    const sql = this.#sql;
    const where = this.#where(kind, filter, visibility);
    // Counting and paging read the index (kind, id) alone; only the rows of the page are fetched.
    const [items, [count]] = await Promise.all([
      sql<JumpItemRow[]>`
        select ${sql.unsafe(JUMP_ITEM_COLUMNS)}
          from (select i.id from jump_item i ${where} order by i.id limit ${page.limit} offset ${page.offset}) as page
          join jump_item i using (id)
         order by i.id`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_item i ${where}`,
    ]);
    return { items: items.map(toJumpItem), total: count?.total ?? 0 };
  }

  #where(kind: JumpItemKind, filter: JumpItemFilter, visibility: Visibility) {
    const sql = this.#sql;
    const {
      name,
      hostname,
      tag,
      jumpGroupId: owner,
      jumpGroupType: type,
      jumpointId,
      vaultEndpointId,
    } = filter;
    return sql`
      where i.kind = ${kind}
        ${name === undefined ? sql`` : sql`and lower(i.name) = lower(${name})`}
        ${hostname === undefined ? sql`` : sql`and lower(i.hostname) = lower(${hostname})`}
        ${tag === undefined ? sql`` : sql`and lower(i.tag) = lower(${tag})`}
        ${tag ? sql`and i.search_text like '%' || lower(${escapedForLike(tag)}) || '%'` : sql``}
        ${jumpointId === undefined ? sql`` : sql`and i.jumpoint_id = ${jumpointId}`}
        ${vaultEndpointId === undefined ? sql`` : sql`and i.vault_endpoint_id = ${vaultEndpointId}`}
        ${owner === undefined ? sql`` : sql`and (i.jump_group_id = ${owner} or i.owner_user_id = ${owner})`}
        ${type === 'shared' ? sql`and i.jump_group_id is not null` : sql``}
        ${type === 'personal' ? sql`and i.owner_user_id is not null` : sql``}
        ${visibility === 'everything' ? sql`` : sql`and ${isVisible(sql, visibility)}`}`;
  }

  async insert(item: NewJumpItem): Promise<JumpItem> {
    const values = [item.kind, ...writtenValues(item)];
    const [row] = await this.#sql.unsafe<JumpItemRow[]>(INSERT, values, { prepare: true });
    return toJumpItem(row!);
  }

  async update(item: JumpItem): Promise<JumpItem> {
    const values = [item.id, ...writtenValues(item)];
    const [row] = await this.#sql.unsafe<JumpItemRow[]>(UPDATE, values, { prepare: true });
    return toJumpItem(row!);
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from jump_item where id = ${id}`;
  }
}

export function toJumpItem(row: JumpItemRow): JumpItem {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    hostname: row.hostname,
    jumpGroupType: row.jump_group_id === null ? 'personal' : 'shared',
    // The table holds exactly one owner.
    jumpGroupId: (row.jump_group_id ?? row.owner_user_id)!,
    jumpointId: row.jumpoint_id,
    port: row.port,
    username: row.username,
    domain: row.domain,
    tag: row.tag,
    comments: row.comments,
    jumpPolicyId: row.jump_policy_id,
    sessionPolicyId: row.session_policy_id,
    attendedSessionPolicyId: row.attended_session_policy_id,
    publicPortalId: row.public_portal_id,
    externalId: row.external_id ?? '',
    settings: row.settings,
    vaultEndpointId: row.vault_endpoint_id,
    revision: row.revision,
  };
}

function writtenValues(item: NewJumpItem): (string | number | null)[] {
  return [
    item.name,
    item.hostname,
    item.jumpGroupType === 'shared' ? item.jumpGroupId : null,
    item.jumpGroupType === 'personal' ? item.jumpGroupId : null,
    item.jumpointId,
    item.port,
    item.username,
    item.domain,
    item.tag,
    item.comments,
    item.jumpPolicyId,
    item.sessionPolicyId,
    item.attendedSessionPolicyId,
    item.publicPortalId,
    item.externalId === '' ? null : item.externalId,
    JSON.stringify(item.settings),
  ];
}
