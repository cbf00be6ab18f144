import type { EcmNotice, EcmNoticeKind, EcmNotices } from '../../appliance/ecm/ecm-notice.ts';
import type { Sql } from '../sql.ts';

/** The capability of a plug-in that a notice is for. */
const CAPABILITY: Record<EcmNoticeKind, string> = {
  session_started: 'sessionStarted',
  session_complete: 'sessionComplete',
};

export class PgEcmNotices implements EcmNotices {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add(lsid: string, kind: EcmNoticeKind): Promise<void> {
    const wanted = JSON.stringify([{ capabilities: { [CAPABILITY[kind]]: true } }]);
    await this.#sql`
      insert into ecm_notice (lsid, kind)
      select ${lsid}, ${kind}
       where exists (select from ecm_host where state = 'approved' and plugins @> ${wanted}::text::jsonb)
      on conflict do nothing`;
  }

  async claim(limit: number, againInSeconds: number): Promise<EcmNotice[]> {
    return await this.#sql<EcmNotice[]>`
      update ecm_notice n
         set due_at = clock_timestamp() + make_interval(secs => ${againInSeconds}), attempts = attempts + 1
       where (lsid, kind) in (select lsid, kind from ecm_notice where due_at <= clock_timestamp()
                               order by due_at limit ${limit} for update skip locked)
      returning n.lsid, n.kind, n.attempts - 1 as attempts`;
  }

  async remove({ lsid, kind }: Pick<EcmNotice, 'lsid' | 'kind'>): Promise<void> {
    await this.#sql`delete from ecm_notice where lsid = ${lsid} and kind = ${kind}`;
  }

  async postpone({ lsid, kind }: Pick<EcmNotice, 'lsid' | 'kind'>, seconds: number): Promise<void> {
    await this.#sql`
      update ecm_notice set due_at = clock_timestamp() + make_interval(secs => ${seconds})
       where lsid = ${lsid} and kind = ${kind}`;
  }
}
