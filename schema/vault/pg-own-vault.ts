import type {
  OwnVault,
  OwnVaultAccount,
  OwnVaultFilter,
  OwnVaultPage,
  OwnVaultPosition,
} from '../../appliance/vault/own-vault.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import { isOneOf } from '../jump/jump-item-visibility.ts';
import type { Sql } from '../sql.ts';
import { ACCOUNT_COLUMNS, DEFAULT_POLICY_ID } from './pg-vault-accounts.ts';
import { PgVaultCheckOuts } from './pg-vault-check-outs.ts';
import { roleText, usableText, type VaultGrants, vaultGrantsOf } from './vault-grants.ts';

type OwnRow = Omit<OwnVaultAccount, 'checkOuts'> & { sortName: string };
type Parameter = string | number | boolean;

const ACCOUNTS = `vault_account a left join vault_account_group g on g.id = a.account_group_id`;
/** What the policy that holds for an account means for whoever checks it out. */
const RULES = `a.owner_user_id is null and a.type not in ('ssh', 'ssh_ca')
    and not policy.allow_simultaneous_checkout as exclusive,
  a.owner_user_id is null and a.endpoint_id is not null and a.type in ('username_password', 'ssh')
    and policy.auto_rotate_credentials as "rotatedAfterCheckIn"`;

export class PgOwnVault implements OwnVault {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    userId: number,
    filter: OwnVaultFilter,
    { after, limit }: { after: OwnVaultPosition | undefined; limit: number },
  ): Promise<OwnVaultPage> {
    const grants = await vaultGrantsOf(this.#sql, userId);
    const parameters: Parameter[] = [];
    const parameter = (value: Parameter, type: string) => `$${parameters.push(value)}::${type}`;
    const matches = matching(grants, filter, await this.#groupsNamedLike(filter.search), parameter);
    const counted = this.#run<{ total: number }>(
      `select count(*)::int as total from ${ACCOUNTS} where ${matches}`,
      [...parameters],
    );
    const behind =
      after === undefined
        ? 'true'
        : `(lower(a.name), a.id) > (${parameter(after.name, 'text')}, ${parameter(after.id, 'int')})`;
    const found = this.#run<OwnRow>(
      `${selected(grants)} where ${matches} and ${behind} order by lower(a.name), a.id limit ${limit + 1}`,
      parameters,
    );
    const [rows, [count]] = await Promise.all([found, counted]);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = rows.length > limit && last ? { name: last.sortName, id: last.id } : undefined;
    return { items: await this.#withCheckOuts(shown), total: count?.total ?? 0, next };
  }

  async findOne(userId: number, id: number): Promise<OwnVaultAccount | undefined> {
    const grants = await vaultGrantsOf(this.#sql, userId);
    const rows = await this.#run<OwnRow>(`${selected(grants)} where a.id = $1 and ${usableText(grants)}`, [
      id,
    ]);
    return (await this.#withCheckOuts(rows))[0];
  }

  async holdPersonal(userId: number): Promise<number> {
    await this.#sql`select from app_user where id = ${userId} for no key update`;
    const [row] = await this.#sql<{ total: number }[]>`
      select count(*)::int as total from vault_account where owner_user_id = ${userId}`;
    return row?.total ?? 0;
  }

  /** Looked up before, so that the index of accounts can be used for the rest of the search. */
  async #groupsNamedLike(search: string | undefined): Promise<number[]> {
    if (!search) return [];
    const rows = await this.#sql<{ id: number }[]>`
      select id from vault_account_group where lower(name) like lower(${`%${escapedForLike(search)}%`})`;
    return rows.map(({ id }) => id);
  }

  /** The text names the ids of one person, so it is not kept for others. */
  async #run<Row>(text: string, parameters: readonly Parameter[]): Promise<Row[]> {
    return [...(await this.#sql.unsafe<(Row & object)[]>(text, [...parameters], { prepare: false }))];
  }

  async #withCheckOuts(rows: readonly OwnRow[]): Promise<OwnVaultAccount[]> {
    const open = await new PgVaultCheckOuts(this.#sql).findOpen(rows.map(({ id }) => id));
    return rows.map(({ sortName: _, ...account }) => ({
      ...account,
      checkOuts: open.filter(({ accountId }) => accountId === account.id),
    }));
  }
}

function selected(grants: VaultGrants): string {
  return `select ${ACCOUNT_COLUMNS}, ${roleText(grants)} as role, g.name as "accountGroupName",
                 lower(a.name) as "sortName", ${RULES}
            from ${ACCOUNTS}
            join vault_account_policy policy
              on policy.id = coalesce(a.account_policy_id, g.account_policy_id, ${DEFAULT_POLICY_ID})`;
}

function matching(
  grants: VaultGrants,
  { search, type, role, personal, checkedOut }: OwnVaultFilter,
  groupsFound: readonly number[],
  parameter: (value: Parameter, type: string) => string,
): string {
  const conditions = [usableText(grants)];
  if (search) {
    const pattern = `lower(${parameter(`%${escapedForLike(search)}%`, 'text')})`;
    const inGroup = isOneOf('a.account_group_id', groupsFound);
    conditions.push(`(lower(a.name || ' ' || a.username) like ${pattern} or ${inGroup})`);
  }
  if (type !== undefined) conditions.push(`a.type = ${parameter(type, 'text')}`);
  if (role !== undefined) conditions.push(`${roleText(grants)} = ${parameter(role, 'text')}`);
  if (personal !== undefined) conditions.push(`a.owner_user_id is ${personal ? 'not null' : 'null'}`);
  if (checkedOut !== undefined) {
    conditions.push(`${checkedOut ? '' : 'not '}a.id in (
      select c.account_id from vault_check_out c
       where c.user_id = ${Number(grants.userId)} and c.checked_in_at is null and c.lsid is null)`);
  }
  return conditions.join(' and ');
}
