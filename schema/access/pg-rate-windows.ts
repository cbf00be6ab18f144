import type { RateLease, RateWindows } from '../../appliance/access/rate-limiter.ts';
import type { Sql } from '../sql.ts';

interface WindowRow {
  kind: 'second' | 'hour';
  leased: number;
  endsIn: number;
}

/** Whose calls are counted. */
const HOLDERS = {
  api_account: { table: 'api_rate_window', column: 'api_account_id' },
  user: { table: 'user_rate_window', column: 'user_id' },
} as const;

/** `leased` may grow past the limit: what lies beyond was asked for and not granted. */
export class PgRateWindows implements RateWindows {
  readonly #sql: Sql;
  readonly #holder: (typeof HOLDERS)[keyof typeof HOLDERS];

  constructor(sql: Sql, holder: keyof typeof HOLDERS = 'api_account') {
    this.#sql = sql;
    this.#holder = HOLDERS[holder];
  }

  async lease(
    holderId: number,
    wanted: { second: number; hour: number },
    limits: { perSecond: number; perHour: number },
  ): Promise<RateLease> {
    const sql = this.#sql;
    const column = sql(this.#holder.column);
    const rows = await sql<WindowRow[]>`
      insert into ${sql(this.#holder.table)} as w (${column}, kind, starts_at, leased)
      select ${holderId}::int, v.kind, date_trunc(v.kind, now()), v.wanted
        from (values ('second', ${wanted.second}::int), ('hour', ${wanted.hour}::int)) v (kind, wanted)
       where v.wanted > 0
          on conflict (${column}, kind, starts_at)
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
