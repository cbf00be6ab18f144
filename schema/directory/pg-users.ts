import { type NetworkRestriction, ownRestriction } from '../../appliance/access/network-restriction.ts';
import type { User, UserFilter, UserSettings, Users } from '../../appliance/directory/user.ts';
import type { UserName, UserNameQuery } from '../../appliance/directory/user-name.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { NetworkRestrictionMode } from '../../appliance/settings/site-settings.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

export class PgUsers implements Users {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: UserFilter, page: PageRequest): Promise<Page<User>> {
    const sql = this.#sql;
    const where = sql`
       where not invited
         ${filter.username === undefined ? sql`` : sql`and lower(username) = lower(${filter.username})`}
         ${filter.securityProviderId === undefined ? sql`` : sql`and security_provider_id = ${filter.securityProviderId}`}
         ${filter.search ? sql`and ${this.#found(filter.search)}` : sql``}
         ${filter.emailAddress === undefined ? sql`` : sql`and lower(email_address) = lower(${filter.emailAddress})`}`;
    const [items, [count]] = await Promise.all([
      sql<User[]>`
        select ${this.#columns()} from app_user
         where id in (select id from app_user ${where} order by id limit ${page.limit} offset ${page.offset})
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from app_user ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async names({ search, ids, limit }: UserNameQuery): Promise<UserName[]> {
    const sql = this.#sql;
    const start = lowerText(sql, search ?? '');
    return await sql<UserName[]>`
      select id, username, public_display_name as "publicDisplayName",
             private_display_name as "privateDisplayName", enabled
        from app_user
       where not invited
         ${search ? sql`and ${this.#found(search)}` : sql``}
         ${ids === undefined ? sql`` : sql`and id = any(${ids})`}
       order by ${search ? sql`lower(username) = ${start} desc, starts_with(lower(username), ${start}) desc,` : sql``}
             lower(username)
       limit ${limit}`;
  }

  async findById(id: number): Promise<User | undefined> {
    const [user] = await this.#sql<
      User[]
    >`select ${this.#columns()} from app_user where id = ${id} and not invited`;
    return user;
  }

  async lockById(id: number): Promise<User | undefined> {
    const [user] = await this.#sql<User[]>`
      select ${this.#columns()} from app_user where id = ${id} and not invited for update`;
    return user;
  }

  async existing(ids: readonly number[]): Promise<number[]> {
    const rows = await this.#sql<{ id: number }[]>`
      select id from app_user where id = any(${[...ids]}::int[]) and not invited order by id`;
    return rows.map(({ id }) => id);
  }

  async insert(user: UserSettings, passwordHash: string): Promise<User> {
    const sql = this.#sql;
    const [row] = await sql<User[]>`
      insert into app_user ${sql({ ...toRow(sql, user), password_hash: passwordHash })}
      returning ${this.#columns()}`;
    return row!;
  }

  async update(user: User): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update app_user set ${sql(toRow(sql, user))}, revision = revision + 1
       where id = ${user.id} returning revision`;
    return row!.revision;
  }

  async unlock(id: number): Promise<void> {
    await this.#sql`delete from sign_in_failure where user_id = ${id}`;
  }

  async unlockSecondFactor(id: number): Promise<void> {
    await this.#sql`
      update user_second_factor set failures = 0, last_failed_at = null, locked_until = null where user_id = ${id}`;
  }

  async networkRestrictionOf(id: number): Promise<NetworkRestriction | undefined> {
    const [row] = await this.#sql<
      { networkRestriction: NetworkRestrictionMode | null; networks: string[] }[]
    >`
      select network_restriction as "networkRestriction", networks from app_user where id = ${id}`;
    return row && ownRestriction(row);
  }

  async restrictNetworks(id: number, restriction: NetworkRestriction | undefined): Promise<void> {
    await this.#sql`
      update app_user
         set network_restriction = ${restriction?.mode ?? null}, networks = ${[...(restriction?.networks ?? [])]}
       where id = ${id}`;
  }

  async delete(id: number): Promise<number> {
    const { count } = await this.#sql`delete from jump_item where owner_user_id = ${id}`;
    await this.#sql`delete from app_user where id = ${id}`;
    return count;
  }

  async lockEnabledAdministrators(): Promise<number[]> {
    const rows = await this.#sql<{ id: number }[]>`
      select id from app_user where perm_admin and enabled and security_provider_id = 1 order by id for update`;
    return rows.map(({ id }) => id);
  }

  #found(search: string) {
    return this.#sql`search_text like '%' || ${lowerText(this.#sql, escapedForLike(search))} || '%'`;
  }

  #columns() {
    return this.#sql`
      id, revision, security_provider_id as "securityProviderId", username, public_display_name as "publicDisplayName", private_display_name as "privateDisplayName",
      email_address as "emailAddress", enabled, perm_admin as "administrator",
      settings,
      (select coalesce(sum(f.failures), 0)::int from sign_in_failure f
        where f.user_id = app_user.id and f.source <> 'everywhere' and f.last_failure_at > clock_timestamp() - interval '1 day') as "failedLogins", must_change_password as "mustChangePassword",
      password_expires_at as "passwordExpiration", preferred_email_language as "preferredEmailLanguage",
      display_number as "displayNumber",
      last_authentication as "lastAuthentication", created_at as "createdAt"`;
  }
}

/** As the database understands lower case. */
function lowerText(sql: Sql, text: string) {
  return sql`lower(${text}::text)`;
}

function toRow(sql: Sql, user: UserSettings) {
  return {
    username: user.username,
    public_display_name: user.publicDisplayName,
    private_display_name: user.privateDisplayName,
    email_address: user.emailAddress,
    enabled: user.enabled,
    perm_admin: user.administrator,
    settings: sql.json(user.settings),
    must_change_password: user.mustChangePassword,
    password_expires_at: user.passwordExpiration,
    preferred_email_language: user.preferredEmailLanguage,
    display_number: user.displayNumber,
  };
}
