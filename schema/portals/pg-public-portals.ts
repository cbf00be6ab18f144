import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { PublicPortal, PublicPortals } from '../../appliance/portals/public-portal.ts';
import type { Use } from '../../appliance/uses.ts';
import type { Sql } from '../sql.ts';
import { type UseQuery, usesOf } from '../uses.ts';

const USES: UseQuery[] = [
  { type: 'jump_item', table: 'jump_item', name: 't.name', columns: ['public_portal_id'] },
  {
    type: 'jump_client_installer',
    table: 'jump_client_installer',
    name: 't.name',
    columns: ['public_portal_id'],
  },
  {
    type: 'team',
    table: 'team_public_portal',
    name: '(select m.name from team m where m.id = t.team_id)',
    columns: ['public_portal_id'],
  },
];

export class PgPublicPortals implements PublicPortals {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(page: PageRequest): Promise<Page<PublicPortal>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<PublicPortal[]>`
        select ${this.#columns()} from public_portal p
         where id in (select id from public_portal order by id limit ${page.limit} offset ${page.offset})
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from public_portal`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<PublicPortal | undefined> {
    const [portal] = await this.#sql<PublicPortal[]>`
      select ${this.#columns()} from public_portal p where id = ${id}`;
    return portal;
  }

  async lockById(id: number): Promise<PublicPortal | undefined> {
    const [portal] = await this.#sql<PublicPortal[]>`
      select ${this.#columns()} from public_portal p where id = ${id} for update`;
    return portal;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from public_portal where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(portal: Omit<PublicPortal, 'id' | 'revision'>): Promise<PublicPortal> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into public_portal ${sql(toRow(portal))} returning id, revision`;
    await this.#setAddresses(row!.id, portal.addresses);
    return { ...row!, ...portal };
  }

  async update(portal: PublicPortal): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update public_portal set ${sql(toRow(portal))}, revision = revision + 1
       where id = ${portal.id} returning revision`;
    await this.#setAddresses(portal.id, portal.addresses);
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from public_portal where id = ${id}`;
  }

  async usesOf(id: number): Promise<Use[]> {
    return await usesOf(this.#sql, USES, id);
  }

  async #setAddresses(id: number, addresses: readonly string[]): Promise<void> {
    const sql = this.#sql;
    await sql`delete from public_portal_address where public_portal_id = ${id}`;
    if (addresses.length === 0) return;
    const rows = addresses.map((address, position) => ({ public_portal_id: id, position, address }));
    await sql`insert into public_portal_address ${sql(rows)}`;
  }

  #columns() {
    return this.#sql`
      id, revision, name, code_name as "codeName", comments, session_policy_id as "sessionPolicyId",
      array(select a.address from public_portal_address a where a.public_portal_id = p.id order by a.position)
        as addresses`;
  }
}

function toRow(portal: Omit<PublicPortal, 'id' | 'revision'>) {
  return {
    name: portal.name,
    code_name: portal.codeName,
    comments: portal.comments,
    session_policy_id: portal.sessionPolicyId,
    hostname: portal.addresses[0] ?? '',
  };
}
