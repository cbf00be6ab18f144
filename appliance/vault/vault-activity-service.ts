import { accessOf } from '../access/person-access.ts';
import type { Actor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { momentWindow, type ReportQuery } from '../sessions/report-window.ts';
import type { Stores } from '../stores.ts';
import { VAULT_ACTIVITY_DAYS, type VaultActivityFilter, type VaultActivityRow } from './vault-activity.ts';

/** Whose activity somebody sees: that of one person, everybody's, or nobody's. */
export type ActivitySight = 'everything' | 'nothing' | { userId: number };

const DAY_MS = 86_400_000;
const DELETED_AT_ONCE = 5000;

/** What was done with the accounts of the vault, for those who may read it. */
export class VaultActivityService {
  readonly #stores: Stores;
  readonly #clock: Clock;

  constructor(deps: { stores: Stores; clock: Clock }) {
    this.#stores = deps.stores;
    this.#clock = deps.clock;
  }

  /** The latest first; nothing for people who may not read it. */
  async list(
    actor: Actor,
    filter: VaultActivityFilter,
    page: { beforeId?: number | undefined; limit: number },
  ): Promise<VaultActivityRow[]> {
    const seen = within(await this.sightOf(actor), filter);
    return seen === undefined ? [] : await this.#stores.vaultActivity.find(seen, page);
  }

  /**
   * The report, the earliest first, in batches. Fails with `forbidden` for people who may not read any, and with
   * `invalid` naming the parameter.
   */
  async report(
    actor: Actor,
    query: ReportQuery,
    timeZone: string,
  ): Promise<AsyncIterable<VaultActivityRow[]>> {
    const sight = await this.sightOf(actor);
    if (sight === 'nothing') {
      throw new ApplianceError(
        'forbidden',
        'This account may not read this report: it needs the right perm_view_vault_reports.',
      );
    }
    const seen = within(sight, { ...momentWindow(query, timeZone), ...limitOf(query.limit) });
    return seen === undefined ? nothing() : this.#stores.vaultActivity.stream(seen);
  }

  /** What is older than is promised goes. Tells how many rows went. */
  async deleteOld(): Promise<number> {
    const before = new Date(this.#clock.now().getTime() - VAULT_ACTIVITY_DAYS * DAY_MS);
    for (let deleted = 0; ; ) {
      const batch = await this.#stores.vaultActivity.deleteBefore(before, DELETED_AT_ONCE);
      deleted += batch;
      if (batch < DELETED_AT_ONCE) return deleted;
    }
  }

  async sightOf(actor: Actor): Promise<ActivitySight> {
    if (actor.kind === 'system') return 'everything';
    if (actor.kind === 'api_account') {
      return actor.permissions.has('perm_reporting_vault') ? 'everything' : 'nothing';
    }
    if (actor.administrator) return 'everything';
    const facts = await this.#stores.accessFacts.find(actor.userId, {
      jumpGroupIds: [],
      jumpointIds: [],
      ownerUserIds: [],
    });
    return facts === undefined ? 'nothing' : activitySight(facts.userId, accessOf(facts).settings);
  }
}

/** What `perm_view_vault_reports` allows. */
export function activitySight(
  userId: number,
  settings: { perm_view_vault_reports: 'not_allowed' | 'view_user_events' | 'view_all_events' },
): ActivitySight {
  switch (settings.perm_view_vault_reports) {
    case 'view_all_events':
      return 'everything';
    case 'view_user_events':
      return { userId };
    case 'not_allowed':
      return 'nothing';
  }
}

/** Undefined when nothing of it can be seen. */
function within(sight: ActivitySight, filter: VaultActivityFilter): VaultActivityFilter | undefined {
  if (sight === 'everything') return filter;
  if (sight === 'nothing') return undefined;
  if (filter.userId !== undefined && filter.userId !== sight.userId) return undefined;
  return { ...filter, userId: sight.userId };
}

async function* nothing(): AsyncGenerator<never> {}

function limitOf(text: string | undefined): { userId?: number; accountId?: number } {
  if (text === undefined || text === '' || text === 'all') return {};
  const match = /^(rep|account):(\d{1,9})$/.exec(text);
  if (match === null) throw invalidField('limit', 'limit must be all, rep:[id] or account:[id].');
  return match[1] === 'rep' ? { userId: Number(match[2]) } : { accountId: Number(match[2]) };
}
