import type { RateLease, RateWindows } from '../../appliance/access/rate-limiter.ts';
import type { Sql } from '../sql.ts';

interface WindowRow {
  kind: 'second' | 'hour';
  leased: number;
  endsIn: number;
}

/** `leased` may grow past the limit: what lies beyond was asked for and not granted. */
export class PgRateWindows implements RateWindows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lease(
    apiAccountId: number,
    wanted: { second: number; hour: number },
    limits: { perSecond: number; perHour: number },
  ): Promise<RateLease> {
    const sql = this.#sql;
    const rows = await sql<WindowRow[]>`
      insert into api_rate_window as w (api_account_id, kind, starts_at, leased)
      select ${apiAccountId}, v.kind, date_trunc(v.kind, now()), v.wanted
        from (values ('second', ${wanted.second}::int), ('hour', ${wanted.hour}::int)) v (kind, wanted)
       where v.wanted > 0
          on conflict (api_account_id, kind, starts_at)
          do update set leased = least(w.leased, 1000000000) + excluded.leased
      returning kind, leased,
                extract(epoch from starts_at + ('1 ' || kind)::interval - clock_timestamp())::float8 * 1000 as "endsIn"`;
    const second = rows.find((row) => row.kind === 'second');
    const hour = rows.find((row) => row.kind === 'hour');
    return {
      second: granted(second, wanted.second, limits.perSecond),
      hour: granted(hour, wanted.hour, limits.perHour),
      hourUnleased: Math.max(0, limits.perHour - (hour?.leased ?? 0)),
      secondEndsIn: second?.endsIn ?? 0,
      hourEndsIn: hour?.endsIn ?? 0,
    };
  }
}

function granted(row: WindowRow | undefined, wanted: number, limit: number): number {
  if (row === undefined) return 0;
  return Math.max(0, Math.min(wanted, limit - (row.leased - wanted)));
}
