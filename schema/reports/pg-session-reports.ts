import type postgres from 'postgres';
import type {
  ReportCriteria,
  ReportSelection,
  SessionReport,
  SessionReports,
  SessionSummary,
} from '../../appliance/sessions/session-report.ts';
import { translated } from '../constraint-errors.ts';
import {
  type EventRow,
  type ParticipantRow,
  type SessionRow,
  toEvent,
  toParticipant,
  toSession,
} from '../sessions/pg-session-rows.ts';
import { isSeen } from '../sessions/session-visibility.ts';
import type { Sql, SqlPool } from '../sql.ts';
import { type AttributeRow, toAttribute } from './session-report-rows.ts';

/** Sessions of one batch: large enough that round trips do not matter, small enough to stay in a few megabytes. */
const SESSIONS_IN_BATCH = 200;
const SUMMARIES_IN_BATCH = 2000;

/** Where the next batch begins. The moment is text, because a JavaScript date would lose its microseconds. */
interface Position {
  moment: string;
  lsid: string;
}

type Keyed = { lsid: string; moment: string };

type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** Pages by key over the indexes on start and end; participants, events and the rest are fetched once per batch. */
export class PgSessionReports implements SessionReports {
  readonly #sql: SqlPool;

  constructor(sql: SqlPool) {
    this.#sql = sql;
  }

  sessions(criteria: ReportCriteria): AsyncIterable<SessionReport[]> {
    return this.#batches(criteria, async (sql, page) => {
      const rows = await sql<(SessionRow & Keyed)[]>`
        select s.lsid, s.lseq, s.state, s.start_method, s.started_at, s.ended_at, s.end_reason,
               s.jump_item_id, s.jump_item_kind, s.jump_item_name, s.target,
               s.jump_group_id, s.jump_group_type, s.jump_group_name,
               s.jumpoint_id, s.jumpoint_name, s.jumpoint_node_id,
               s.public_site_id, s.public_site_name, s.node_id, s.user_id, s.external_key, s.ticket_id,
               s.session_permissions, s.customer_present,
               ${page.moment}::text as moment
          from support_session s
         where ${page.where}
         order by ${page.moment}, s.lsid
         limit ${SESSIONS_IN_BATCH}`;
      return { rows, full: rows.length === SESSIONS_IN_BATCH, items: await wholeSessions(sql, rows) };
    });
  }

  summaries(criteria: ReportCriteria): AsyncIterable<SessionSummary[]> {
    return this.#batches(criteria, async (sql, page) => {
      const rows = await sql<(Keyed & { external_key: string; has_recording: boolean })[]>`
        select s.lsid, s.external_key, ${page.moment}::text as moment,
               exists (select from recording r where r.lsid = s.lsid) as has_recording
          from support_session s
         where ${page.where}
         order by ${page.moment}, s.lsid
         limit ${SUMMARIES_IN_BATCH}`;
      const items = rows.map((row) => ({
        lsid: row.lsid,
        externalKey: row.external_key,
        hasRecording: row.has_recording,
      }));
      return { rows, full: rows.length === SUMMARIES_IN_BATCH, items };
    });
  }

  async *#batches<T>(
    criteria: ReportCriteria,
    read: (
      sql: Sql,
      page: { moment: Fragment; where: Fragment },
    ) => Promise<{ rows: readonly Keyed[]; full: boolean; items: T[] }>,
  ): AsyncGenerator<T[]> {
    try {
      const bounded = await this.#withEnd(criteria.selection);
      let after: Position | undefined;
      for (;;) {
        const position = after;
        const batch = await this.#sql.begin('isolation level repeatable read read only', (sql) =>
          read(sql, {
            moment: momentOf(sql, bounded),
            where: conditions(sql, { ...criteria, selection: bounded }, position),
          }),
        );
        if (batch.items.length > 0) yield batch.items;
        const last = batch.rows.at(-1);
        if (!batch.full || last === undefined) return;
        after = { moment: last.moment, lsid: last.lsid };
      }
    } catch (error) {
      throw translated(error);
    }
  }

  /** "Up to now" is fixed once, by the clock of the database, so that a report of a busy site comes to an end. */
  async #withEnd(selection: ReportSelection): Promise<BoundedSelection> {
    if (selection.by === 'lsids' || selection.before !== undefined) return selection as BoundedSelection;
    const [row] = await this.#sql<
      { end: string }[]
    >`select (clock_timestamp() + interval '1 microsecond')::text as end`;
    return { ...selection, before: row!.end };
  }
}

type BoundedSelection =
  | { by: 'started' | 'ended'; from: Date; before: Date | string }
  | { by: 'lsids'; lsids: readonly string[] };

function momentOf(sql: Sql, selection: BoundedSelection) {
  return selection.by === 'ended' ? sql`s.ended_at` : sql`s.started_at`;
}

function conditions(
  sql: Sql,
  criteria: Omit<ReportCriteria, 'selection'> & { selection: BoundedSelection },
  after: Position | undefined,
) {
  const { selection, sight, userId, publicSiteId } = criteria;
  const moment = momentOf(sql, selection);
  const chosen =
    selection.by === 'lsids'
      ? sql`s.lsid = any (${selection.lsids as string[]}::char(32)[])`
      : sql`${moment} >= ${selection.from} and ${moment} < ${selection.before}::timestamptz`;
  return sql`${chosen}
    ${after === undefined ? sql`` : sql`and (${moment}, s.lsid) > (${after.moment}::timestamptz, ${after.lsid}::char(32))`}
    ${sight === undefined ? sql`` : sql`and ${isSeen(sql, sight)}`}
    ${userId === undefined ? sql`` : sql`and s.user_id = ${userId}`}
    ${publicSiteId === undefined ? sql`` : sql`and s.public_site_id = ${publicSiteId}`}`;
}

/** Everything of a batch of sessions in four queries, however many sessions it has. */
async function wholeSessions(sql: Sql, rows: readonly SessionRow[]): Promise<SessionReport[]> {
  if (rows.length === 0) return [];
  const lsids = rows.map((row) => row.lsid);
  const starts = rows.map((row) => row.started_at.getTime());
  // Bounds on the partition key keep months without these sessions out of the plan; a date has lost microseconds.
  const firstStart = new Date(Math.min(...starts));
  const lastStart = new Date(Math.max(...starts) + 1);
  const [participants, events, attributes, recordings] = await Promise.all([
    sql<ParticipantRow[]>`
      select lsid, gsnumber, role, user_id, username, public_display_name, private_display_name,
             public_ip, private_ip, hostname, os, owner, joined_at, left_at
        from session_participant
       where lsid = any (${lsids}::char(32)[])
       order by lsid, gsnumber`,
    sql<EventRow[]>`
      select lsid, sequence, occurred_at, event_type, performed_by, destination, body, data
        from session_event
       where lsid = any (${lsids}::char(32)[])
         and session_started_at between ${firstStart} and ${lastStart}
       order by lsid, sequence`,
    sql<AttributeRow[]>`
      select a.lsid, a.code_name, a.value, coalesce(c.display_name, a.code_name) as display_name
        from session_attribute a
        left join custom_session_attribute c on lower(c.code_name) = lower(a.code_name)
       where a.lsid = any (${lsids}::char(32)[])
       order by a.lsid, c.id, a.code_name`,
    sql<{ lsid: string; instance: number }[]>`
      select lsid, instance
        from recording
       where lsid = any (${lsids}::char(32)[]) and kind = 'command_shell'
       order by lsid, instance`,
  ]);
  const of = {
    participants: Map.groupBy(participants, (row) => row.lsid),
    events: Map.groupBy(events, (row) => row.lsid),
    attributes: Map.groupBy(attributes, (row) => row.lsid),
    recordings: Map.groupBy(recordings, (row) => row.lsid),
  };
  return rows.map((row) => ({
    session: toSession(row),
    participants: (of.participants.get(row.lsid) ?? []).map(toParticipant),
    events: (of.events.get(row.lsid) ?? []).map(toEvent),
    attributes: (of.attributes.get(row.lsid) ?? []).map(toAttribute),
    recordings: (of.recordings.get(row.lsid) ?? []).map(({ instance }) => ({ instance })),
  }));
}
