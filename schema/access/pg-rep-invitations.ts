import type {
  NewRepInvitation,
  RepInvitation,
  RepInvitations,
} from '../../appliance/access/rep-invitation.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `
  id, name, comments, session_policy_id as "sessionPolicyId", inviting_user_id as "invitingUserId",
  invited_by as "invitedBy", created_at as "createdAt", expires_at as "expiresAt", used_at as "usedAt",
  used_from as "usedFrom", revoked_at as "revokedAt", user_id as "userId",
  case when revoked_at is not null then 'revoked' when expires_at <= clock_timestamp() then 'expired'
       when used_at is not null then 'used' else 'open' end as state`;

export class PgRepInvitations implements RepInvitations {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(invitation: NewRepInvitation): Promise<RepInvitation> {
    const sql = this.#sql;
    const [row] = await sql<RepInvitation[]>`
      insert into rep_invitation (key_hash, name, comments, session_policy_id, inviting_user_id, invited_by, expires_at)
      values (${invitation.keyHash}, ${invitation.name}, ${invitation.comments}, ${invitation.sessionPolicyId},
              ${invitation.invitingUserId}, ${invitation.invitedBy},
              clock_timestamp() + make_interval(mins => ${invitation.minutes}))
      returning ${sql.unsafe(COLUMNS)}`;
    return row!;
  }

  async find(invitingUserId: number | undefined, page: PageRequest): Promise<Page<RepInvitation>> {
    const sql = this.#sql;
    const where = invitingUserId === undefined ? sql`` : sql`where inviting_user_id = ${invitingUserId}`;
    const [items, [count]] = await Promise.all([
      sql<RepInvitation[]>`
        select ${sql.unsafe(COLUMNS)} from rep_invitation ${where}
         order by id desc limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from rep_invitation ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async lockById(id: number): Promise<RepInvitation | undefined> {
    const sql = this.#sql;
    const [row] = await sql<RepInvitation[]>`
      select ${sql.unsafe(COLUMNS)} from rep_invitation where id = ${id} for update`;
    return row;
  }

  async lockOpen(keyHash: Buffer): Promise<RepInvitation | undefined> {
    const sql = this.#sql;
    const [row] = await sql<RepInvitation[]>`
      select ${sql.unsafe(COLUMNS)}
        from rep_invitation
       where key_hash = ${keyHash} and used_at is null and revoked_at is null and expires_at > clock_timestamp()
         and exists (select from app_user u where u.id = inviting_user_id and u.enabled)
         for update`;
    return row;
  }

  async makeAccount({ id, name }: RepInvitation, username: string): Promise<number> {
    const sql = this.#sql;
    const [user] = await sql<{ id: number }[]>`
      insert into app_user (username, public_display_name, private_display_name, invited)
      values (${username}, ${name}, ${name}, true)
      returning id`;
    await sql`update rep_invitation set user_id = ${user!.id} where id = ${id}`;
    return user!.id;
  }

  async use(userId: number, address: string, credentialId: string): Promise<boolean> {
    const sql = this.#sql;
    const { count } = await sql`
      with used as (
        update rep_invitation set used_at = clock_timestamp(), used_from = ${address}
         where user_id = ${userId} and used_at is null and revoked_at is null and expires_at > clock_timestamp()
        returning expires_at)
      update user_credential c set expires_at = least(c.expires_at, used.expires_at)
        from used where c.id = ${credentialId}`;
    return count === 1;
  }

  async revoke(id: number): Promise<void> {
    await this.#sql`update rep_invitation set revoked_at = clock_timestamp() where id = ${id}`;
  }
}
