import { actorName } from '../../appliance/actor.ts';
import type {
  AppliedChanges,
  DirectorySync,
  DirectorySyncAction,
  DirectorySyncChange,
  DirectorySyncState,
  DirectorySyncs,
  Going,
  NewDirectorySync,
} from '../../appliance/directory/directory-sync.ts';
import type { DirectoryPerson } from '../../appliance/directory/identity-provider.ts';
import type { ProviderStep } from '../../appliance/directory/provider-trace.ts';
import type { SecurityProvider } from '../../appliance/directory/security-provider.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import { actorId } from '../audit/pg-audit-log.ts';
import { copyInto, copyLine } from '../jump/import-copy.ts';
import type { Sql } from '../sql.ts';
import { applyChanges } from './directory-sync-apply.ts';
import { compareAccounts } from './directory-sync-compare.ts';

const PERSON_COLUMNS = [
  'sync_id',
  'external_id',
  'username',
  'display_name',
  'email_address',
  'dn',
  'disabled_reason',
  'groups',
] as const;

export class PgDirectorySyncs implements DirectorySyncs {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async create({ actor, ...sync }: NewDirectorySync): Promise<DirectorySync> {
    const address = actor.kind === 'system' ? '' : actor.address;
    const [row] = await this.#sql<DirectorySync[]>`
      insert into directory_sync (security_provider_id, dry_run, mass_disable_agreed, actor_kind, actor_id, actor_name, address)
      values (${sync.securityProviderId}, ${sync.dryRun}, ${sync.massDisableAgreed}, ${actor.kind}, ${actorId(actor)},
              ${actorName(actor)}, ${address})
      returning ${this.#columns()}`;
    return row!;
  }

  async find(id: string): Promise<DirectorySync | undefined> {
    const [row] = await this.#sql<DirectorySync[]>`
      select ${this.#columns()} from directory_sync where id = ${id}`;
    return row;
  }

  async list(providerId: number, page: PageRequest): Promise<Page<DirectorySync>> {
    const sql = this.#sql;
    const items = await sql<DirectorySync[]>`
      select ${this.#columns()} from directory_sync where security_provider_id = ${providerId}
       order by created_at desc, id limit ${page.limit} offset ${page.offset}`;
    const [count] = await sql<{ total: number }[]>`
      select count(*) as total from directory_sync where security_provider_id = ${providerId}`;
    return { items: [...items], total: count!.total };
  }

  async changes(
    id: string,
    { action }: { action?: DirectorySyncAction | undefined },
    page: PageRequest,
  ): Promise<Page<DirectorySyncChange>> {
    const sql = this.#sql;
    const where = sql`where sync_id = ${id} ${action === undefined ? sql`` : sql`and action = ${action}`}`;
    const items = await sql<DirectorySyncChange[]>`
      select action, user_id as "userId", username, reason, before, after, groups_added as "groupsAdded",
             groups_removed as "groupsRemoved"
        from directory_sync_change ${where} order by position limit ${page.limit} offset ${page.offset}`;
    const [count] = await sql<
      { total: number }[]
    >`select count(*) as total from directory_sync_change ${where}`;
    return { items: [...items], total: count!.total };
  }

  async requestCancel(id: string): Promise<DirectorySync | undefined> {
    const [row] = await this.#sql<DirectorySync[]>`
      update directory_sync set cancel_requested = true where id = ${id} and finished_at is null
      returning ${this.#columns()}`;
    return row;
  }

  async beat(id: string): Promise<Going> {
    return goingOf(
      await this.#sql<{ cancel: boolean }[]>`
        update directory_sync set heartbeat_at = now() where id = ${id} and finished_at is null
        returning cancel_requested as cancel`,
    );
  }

  async stage(id: string, people: readonly DirectoryPerson[]): Promise<Going> {
    const sql = this.#sql;
    await copyInto(sql, 'directory_sync_person', PERSON_COLUMNS, personLines(id, people));
    return goingOf(
      await sql<{ cancel: boolean }[]>`
        update directory_sync set heartbeat_at = now(), people_read = people_read + ${people.length}
         where id = ${id} and finished_at is null
        returning cancel_requested as cancel`,
    );
  }

  async compare(
    id: string,
    provider: SecurityProvider,
  ): Promise<{ disabling: number; enabledAccounts: number }> {
    return await compareAccounts(this.#sql, id, provider);
  }

  async startApplying(id: string): Promise<Going> {
    return goingOf(
      await this.#sql<{ cancel: boolean }[]>`
        update directory_sync set state = 'applying', heartbeat_at = now() where id = ${id} and finished_at is null
        returning cancel_requested as cancel`,
    );
  }

  async apply(
    id: string,
    provider: SecurityProvider,
    range: { from: number; to: number },
  ): Promise<AppliedChanges> {
    return await applyChanges(this.#sql, id, provider, range);
  }

  async finish(
    id: string,
    state: DirectorySyncState,
    { failure, steps }: { failure?: string | undefined; steps: readonly ProviderStep[] },
  ): Promise<void> {
    const sql = this.#sql;
    await sql`
      update directory_sync
         set state = ${state}, failure = ${failure ?? null}, steps = ${JSON.stringify(steps)}::text::jsonb, finished_at = now()
       where id = ${id} and finished_at is null`;
    await sql`delete from directory_sync_person where sync_id = ${id}`;
  }

  async markDead(silentSeconds: number): Promise<number> {
    const { count } = await this.#sql`
      update directory_sync
         set state = 'dead', finished_at = now(), failure = 'The server process that ran it ended without a word.'
       where finished_at is null and heartbeat_at < now() - make_interval(secs => ${silentSeconds})`;
    return count;
  }

  async forget(olderThanDays: number): Promise<void> {
    const sql = this.#sql;
    await sql`delete from directory_sync where finished_at < now() - make_interval(days => ${olderThanDays})`;
    await sql`
      delete from directory_sync_person p
       where not exists (select from directory_sync s where s.id = p.sync_id and s.finished_at is null)`;
  }

  async due(): Promise<number[]> {
    const rows = await this.#sql<{ id: number }[]>`
      select p.id
        from security_provider p
       where p.type = 'ldap' and p.enabled and (p.settings->>'sync_interval_hours')::int > 0
         and not exists (
           select from directory_sync s
            where s.security_provider_id = p.id
              and (s.finished_at is null
                   or not s.dry_run
                      and s.created_at > now() - make_interval(hours => (p.settings->>'sync_interval_hours')::int)))
       order by p.priority`;
    return rows.map(({ id }) => id);
  }

  #columns() {
    return this.#sql`
      id, security_provider_id as "securityProviderId", state, dry_run as "dryRun",
      mass_disable_agreed as "massDisableAgreed", actor_name as "startedBy", people_read as "peopleRead", accounts,
      changes, changes_applied as "changesApplied", counts, failure, steps, created_at as "createdAt",
      finished_at as "finishedAt"`;
  }
}

function goingOf(rows: readonly { cancel: boolean }[]): Going {
  const [row] = rows;
  if (row === undefined) return 'over';
  return row.cancel ? 'cancel_requested' : 'going';
}

function* personLines(id: string, people: readonly DirectoryPerson[]): Generator<string> {
  for (const person of people) {
    yield copyLine([
      id,
      person.externalId,
      person.username,
      person.displayName,
      person.emailAddress,
      person.distinguishedName ?? '',
      person.disabled ? (person.disabledReason ?? 'the account is disabled') : null,
      person.groups && arrayLiteral(person.groups),
    ]);
  }
}

function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
