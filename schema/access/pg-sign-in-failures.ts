import {
  type AttemptOrigin,
  countAttempt,
  EVERYWHERE,
  type FailureCounter,
  type FailureLimits,
  type SignInFailures,
  sourcesOf,
} from '../../appliance/access/sign-in-failures.ts';
import type { Sql } from '../sql.ts';

type CounterRow = Omit<FailureCounter, 'blockedUntil'> & { blockedUntil: Date | null };

export class PgSignInFailures implements SignInFailures {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async begin(
    userId: number,
    origin: AttemptOrigin,
    limits: FailureLimits,
  ): Promise<{ allowed: boolean; blockedUntil: Date | undefined }> {
    const sql = this.#sql;
    const sources = sourcesOf(origin);
    await sql`
        insert into sign_in_failure (user_id, source)
        select id, source from app_user, unnest(${sources}::text[]) as source where id = ${userId} order by source
        on conflict do nothing`;
    // Always in the same order, so that two attempts never wait for each other.
    const rows = await sql<(CounterRow & { now: Date; lastAdministrator: boolean })[]>`
        select f.source, f.failures, f.last_failure_at as "lastFailureAt", f.blocked_until as "blockedUntil",
               clock_timestamp() as now, ${lastLocalAdministrator(sql)} as "lastAdministrator"
          from sign_in_failure f join app_user u on u.id = f.user_id
         where f.user_id = ${userId} and f.source = any(${sources})
         order by f.source for update of f`;
    const counted = countAttempt(rows.map(toCounter), limits, rows[0]?.now ?? new Date(0), {
      lastAdministrator: rows[0]?.lastAdministrator ?? false,
    });
    for (const source of sources) {
      const counter = counted.counters.find((one) => one.source === source);
      await sql`
          update sign_in_failure
             set failures = ${counter?.failures ?? 0}, last_failure_at = ${counter?.lastFailureAt ?? null},
                 blocked_until = ${counter?.blockedUntil ?? null}
           where user_id = ${counter === undefined ? 0 : userId} and source = ${source}`;
    }
    return { allowed: rows.length > 0 && counted.allowed, blockedUntil: counted.blockedUntil };
  }

  async succeeded(userId: number, origin: AttemptOrigin): Promise<void> {
    const sql = this.#sql;
    const sources = sourcesOf(origin);
    const own = sources.filter((source) => source !== EVERYWHERE);
    // In the order in which attempts take them.
    await sql`
      select from sign_in_failure where user_id = ${userId} and source = any(${sources}) order by source for update`;
    await sql`delete from sign_in_failure where user_id = ${userId} and source = any(${own})`;
    if (origin.kind === 'device') return;
    await sql`
      update sign_in_failure set failures = greatest(failures - 1, 0), blocked_until = null
       where user_id = ${userId} and source = ${EVERYWHERE}`;
  }

  async of(userId: number): Promise<FailureCounter[]> {
    const rows = await this.#sql<CounterRow[]>`
      select source, failures, last_failure_at as "lastFailureAt", blocked_until as "blockedUntil"
        from sign_in_failure
       where user_id = ${userId} and failures > 0 and last_failure_at > clock_timestamp() - interval '1 day'
       order by last_failure_at desc limit 100`;
    return rows.map(toCounter);
  }
}

function toCounter({ source, failures, lastFailureAt, blockedUntil }: CounterRow): FailureCounter {
  return { source, failures, lastFailureAt, blockedUntil: blockedUntil ?? undefined };
}

/** Of a person `u`. Administrators of directories do not count: the directory may be what is broken. */
function lastLocalAdministrator(sql: Sql) {
  return sql`u.perm_admin and not exists (
    select from app_user o
     where o.perm_admin and o.enabled and o.security_provider_id = 1 and o.id <> u.id)`;
}
