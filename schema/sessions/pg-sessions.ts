import type { NewSessionEvent, SessionEvent } from '../../appliance/sessions/session-event.ts';
import type {
  DeadlineKind,
  NewParticipant,
  NewSession,
  Recording,
  SessionDeadline,
  SessionDetails,
  SessionPage,
  SessionPosition,
  SessionQuery,
  Sessions,
} from '../../appliance/sessions/sessions.ts';
import type {
  EndReason,
  SessionAttribute,
  SessionChannel,
  SessionParticipant,
  SupportSession,
} from '../../appliance/sessions/support-session.ts';
import type { Sql } from '../sql.ts';
import {
  type ChannelRow,
  type EventRow,
  type ParticipantRow,
  type RecordingRow,
  type SessionRow,
  toChannel,
  toEvent,
  toParticipant,
  toRecording,
  toSession,
} from './pg-session-rows.ts';
import { isSeen } from './session-visibility.ts';

type SizedChannel = SessionChannel & { columns: number; rows: number };

export class PgSessions implements Sessions {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  // The session row ------------------------------------------------------------------------------------------

  async insert(session: NewSession): Promise<SupportSession> {
    const sql = this.#sql;
    const [row] = await sql<SessionRow[]>`
      insert into support_session (lsid, state, start_method, jump_item_id, jump_item_kind, jump_item_name, target,
             jump_group_id, jump_group_type, jump_group_name, jumpoint_id, jumpoint_name, jumpoint_node_id, node_id,
             user_id, external_key, ticket_id, session_permissions, customer_present, ecm_endpoint_id)
      values (${session.lsid}, 'starting', ${session.startMethod}, ${session.jumpItemId ?? null},
              ${session.jumpItemKind}, ${session.jumpItemName}, ${JSON.stringify(session.target)}::text::jsonb,
              ${session.jumpGroup?.id ?? null}, ${session.jumpGroup?.type ?? null}, ${session.jumpGroup?.name ?? null},
              ${session.jumpoint.id}, ${session.jumpoint.name}, ${session.jumpointNodeId}, ${session.nodeId},
              ${session.userId}, ${session.externalKey}, ${session.ticketId},
              ${JSON.stringify(session.permissions)}::text::jsonb, ${session.customerPresent}, ${session.ecmEndpointId ?? null})
      returning *`;
    return toSession(row!);
  }

  async find(lsid: string): Promise<SupportSession | undefined> {
    const [row] = await this.#sql<SessionRow[]>`select * from support_session where lsid = ${lsid}`;
    return row && toSession(row);
  }

  async lock(lsid: string): Promise<SupportSession | undefined> {
    const [row] = await this.#sql<
      SessionRow[]
    >`select * from support_session where lsid = ${lsid} for update`;
    return row && toSession(row);
  }

  async lockUnlessHeld(lsid: string): Promise<SupportSession | undefined> {
    const [row] = await this.#sql<SessionRow[]>`
      select * from support_session where lsid = ${lsid} for update skip locked`;
    return row && toSession(row);
  }

  async page(query: SessionQuery, after: SessionPosition | undefined, limit: number): Promise<SessionPage> {
    const sql = this.#sql;
    const rows = await sql<(SessionRow & { position: string })[]>`
      select s.*, s.started_at::text as position
        from support_session s
       where ${this.#matching(query)}
         ${after ? sql`and (s.started_at, s.lsid) < (${after.startedAt}::timestamptz, ${after.lsid})` : sql``}
       order by s.started_at desc, s.lsid desc
       limit ${limit + 1}`;
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { sessions: page.map(toSession), next: last && { startedAt: last.position, lsid: last.lsid } };
  }

  async count(query: SessionQuery, most: number): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count
        from (select from support_session s where ${this.#matching(query)} limit ${most}) as matching`;
    return row!.count;
  }

  #matching(query: SessionQuery) {
    const sql = this.#sql;
    const pattern = query.search && `%${query.search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    return sql`${isSeen(sql, query.sight ?? 'everything')}
      ${query.state === undefined ? sql`` : sql`and s.state = ${query.state}`}
      ${query.userId === undefined ? sql`` : sql`and s.user_id = ${query.userId}`}
      ${query.jumpItemId === undefined ? sql`` : sql`and s.jump_item_id = ${query.jumpItemId}`}
      ${query.jumpItemKind === undefined ? sql`` : sql`and s.jump_item_kind = ${query.jumpItemKind}`}
      ${query.jumpGroupId === undefined ? sql`` : sql`and s.jump_group_id = ${query.jumpGroupId} and s.jump_group_type = 'shared'`}
      ${query.externalKey === undefined ? sql`` : sql`and s.external_key = ${query.externalKey}`}
      ${query.startedFrom === undefined ? sql`` : sql`and s.started_at >= ${query.startedFrom}`}
      ${query.startedBefore === undefined ? sql`` : sql`and s.started_at < ${query.startedBefore}`}
      ${
        pattern
          ? sql`and (lower(s.jump_item_name) like ${pattern} or lower(s.target->>'hostname') like ${pattern}
                or lower(s.external_key) like ${pattern}
                or exists (select from session_participant p
                            where p.lsid = s.lsid and p.role = 'representative'
                              and lower(p.username || E'\n' || p.private_display_name || E'\n' || p.public_display_name) like ${pattern}))`
          : sql``
      }`;
  }

  async details(lsids: readonly string[]): Promise<SessionDetails> {
    const sql = this.#sql;
    const wanted = sql`any (${lsids as string[]}::char(32)[])`;
    const [participants, attributes, recordings, channels] = await Promise.all([
      sql<ParticipantRow[]>`select * from session_participant where lsid = ${wanted} order by lsid, gsnumber`,
      sql<(SessionAttribute & { lsid: string })[]>`
        select a.lsid, a.code_name as "codeName", coalesce(c.display_name, a.code_name) as "displayName", a.value
          from session_attribute a
          left join custom_session_attribute c on lower(c.code_name) = lower(a.code_name)
         where a.lsid = ${wanted}
         order by a.lsid, c.id, a.code_name`,
      sql<RecordingRow[]>`select * from recording where lsid = ${wanted} order by lsid, instance`,
      sql<ChannelRow[]>`select * from session_channel where lsid = ${wanted} order by lsid, instance`,
    ]);
    return {
      participants: grouped(participants, toParticipant),
      attributes: grouped(attributes, ({ codeName, displayName, value }) => ({
        codeName,
        displayName,
        value,
      })),
      recordings: grouped(recordings, toRecording),
      channels: grouped(channels, toChannel),
    };
  }

  async markActive(lsid: string): Promise<void> {
    await this.#sql`update support_session set state = 'active' where lsid = ${lsid} and state = 'starting'`;
  }

  async markEnded(lsid: string, reason: EndReason): Promise<void> {
    await this.#sql`
      update support_session set state = 'ended', ended_at = clock_timestamp(), end_reason = ${reason}
       where lsid = ${lsid} and state <> 'ended'`;
  }

  async setExternalKey(lsid: string, externalKey: string): Promise<void> {
    await this.#sql`update support_session set external_key = ${externalKey} where lsid = ${lsid}`;
  }

  async runningOnNode(nodeId: string, limit: number): Promise<string[]> {
    const rows = await this.#sql<{ lsid: string }[]>`
      select lsid from support_session where node_id = ${nodeId} and ended_at is null limit ${limit}`;
    return rows.map(({ lsid }) => lsid);
  }

  async runningOnJumpointNode(jumpointNodeId: number): Promise<string[]> {
    const rows = await this.#sql<{ lsid: string }[]>`
      select lsid from support_session where jumpoint_node_id = ${jumpointNodeId} and ended_at is null`;
    return rows.map(({ lsid }) => lsid);
  }

  async endedAmong(lsids: readonly string[]): Promise<string[]> {
    const rows = await this.#sql<{ lsid: string }[]>`
      select asked.lsid
        from unnest(${lsids as string[]}::text[]) as asked (lsid)
        left join support_session s on s.lsid = asked.lsid::char(32)
       where s.lsid is null or s.ended_at is not null`;
    return rows.map(({ lsid }) => lsid);
  }

  // Participants and events ----------------------------------------------------------------------------------

  async addParticipant(lsid: string, participant: NewParticipant): Promise<number> {
    const [row] = await this.#sql<{ gsnumber: number }[]>`
      with numbered as (
        update support_session set last_gsnumber = last_gsnumber + 1 where lsid = ${lsid} returning last_gsnumber
      )
      insert into session_participant (lsid, gsnumber, role, user_id, username, public_display_name,
             private_display_name, public_ip, private_ip, hostname, os, owner)
      select ${lsid}, last_gsnumber, ${participant.role}, ${participant.userId ?? null}::int, ${participant.username},
             ${participant.publicDisplayName}, ${participant.privateDisplayName}, ${participant.publicIp},
             ${participant.privateIp}, ${participant.hostname}, ${participant.os}, ${participant.owner}
        from numbered
      returning gsnumber`;
    return row!.gsnumber;
  }

  async participants(lsid: string): Promise<SessionParticipant[]> {
    const rows = await this.#sql<ParticipantRow[]>`
      select * from session_participant where lsid = ${lsid} order by gsnumber`;
    return rows.map(toParticipant);
  }

  async setParticipantAddress(lsid: string, gsnumber: number, publicIp: string): Promise<void> {
    await this.#sql`
      update session_participant set public_ip = ${publicIp} where lsid = ${lsid} and gsnumber = ${gsnumber}`;
  }

  async departAll(lsid: string): Promise<SessionParticipant[]> {
    const rows = await this.#sql<ParticipantRow[]>`
      update session_participant set left_at = clock_timestamp()
       where lsid = ${lsid} and left_at is null
      returning *`;
    return rows.map(toParticipant).sort((a, b) => a.gsnumber - b.gsnumber);
  }

  async addEvent(session: SupportSession, event: NewSessionEvent): Promise<void> {
    await this.#sql`
      with numbered as (
        update support_session set last_sequence = last_sequence + 1 where lsid = ${session.lsid}
        returning last_sequence, started_at
      )
      insert into session_event (session_started_at, lsid, sequence, event_type, performed_by, destination, body, data)
      select started_at, ${session.lsid}, last_sequence, ${event.type}, ${json(event.performedBy)}::text::jsonb,
             ${json(event.destination)}::text::jsonb, ${event.body ?? null}, ${json(event.data)}::text::jsonb
        from numbered`;
  }

  async events(session: SupportSession, afterSequence: number, limit: number): Promise<SessionEvent[]> {
    // The join gives the exact start, so that only the session's own month is read.
    const rows = await this.#sql<EventRow[]>`
      select e.* from session_event e
       where e.session_started_at = (select started_at from support_session where lsid = ${session.lsid})
         and e.lsid = ${session.lsid} and e.sequence > ${afterSequence}
       order by e.sequence
       limit ${limit}`;
    return rows.map(toEvent);
  }

  // Custom attributes ----------------------------------------------------------------------------------------

  async knownAttributes(codeNames: readonly string[]): Promise<Map<string, SessionAttribute>> {
    const rows = await this.#sql<SessionAttribute[]>`
      select code_name as "codeName", display_name as "displayName", '' as value
        from custom_session_attribute
       where lower(code_name) = any (${codeNames.map((name) => name.toLowerCase())})`;
    return new Map(rows.map((row) => [row.codeName.toLowerCase(), row]));
  }

  async attributes(lsid: string): Promise<SessionAttribute[]> {
    return (await this.details([lsid])).attributes.get(lsid) ?? [];
  }

  async setAttribute(lsid: string, codeName: string, value: string): Promise<void> {
    await this.#sql`
      insert into session_attribute (lsid, code_name, value) values (${lsid}, ${codeName}, ${value})
      on conflict (lsid, code_name) do update set value = excluded.value`;
  }

  async removeAttribute(lsid: string, codeName: string): Promise<void> {
    await this.#sql`delete from session_attribute where lsid = ${lsid} and code_name = ${codeName}`;
  }

  // Channels and recordings ----------------------------------------------------------------------------------

  async addChannel(
    lsid: string,
    channel: { kind: 'terminal'; nodeId: string; columns: number; rows: number },
  ): Promise<SizedChannel> {
    const [row] = await this.#sql<ChannelRow[]>`
      insert into session_channel (lsid, kind, instance, node_id, columns, rows)
      select ${lsid}, ${channel.kind}, count(*)::int, ${channel.nodeId}, ${channel.columns}::int, ${channel.rows}::int
        from session_channel where lsid = ${lsid}
      returning *`;
    return toChannel(row!);
  }

  async findChannel(channelId: string): Promise<SizedChannel | undefined> {
    const [row] = await this.#sql<ChannelRow[]>`select * from session_channel where id = ${channelId}`;
    return row && toChannel(row);
  }

  async closeChannels(lsid: string): Promise<void> {
    const sql = this.#sql;
    await sql`update session_channel set closed_at = clock_timestamp() where lsid = ${lsid} and closed_at is null`;
    await sql`delete from relay_ticket where channel_id in (select id from session_channel where lsid = ${lsid})`;
  }

  async addRecording(recording: Omit<Recording, 'endedAt' | 'bytes' | 'failure'>): Promise<void> {
    await this.#sql`
      insert into recording (lsid, instance, kind, location, started_at, columns, rows)
      values (${recording.lsid}, ${recording.instance}, ${recording.kind}, ${recording.location},
              ${recording.startedAt}, ${recording.columns}, ${recording.rows})`;
  }

  async findRecording(lsid: string, instance: number): Promise<Recording | undefined> {
    const [row] = await this.#sql<RecordingRow[]>`
      select * from recording where lsid = ${lsid} and instance = ${instance}`;
    return row && toRecording(row);
  }

  async finishRecording(
    lsid: string,
    instance: number,
    result: { bytes?: number; failure?: string },
  ): Promise<void> {
    await this.#sql`
      update recording
         set ended_at = coalesce(ended_at, clock_timestamp()), bytes = greatest(${result.bytes ?? null}, bytes),
             failure = coalesce(${result.failure ?? null}, failure)
       where lsid = ${lsid} and instance = ${instance}`;
  }

  async abandonRecordings(lsid: string, failure: string): Promise<void> {
    await this.#sql`
      update recording set ended_at = clock_timestamp(), failure = coalesce(failure, ${failure})
       where lsid = ${lsid} and ended_at is null`;
  }

  // Deadlines ------------------------------------------------------------------------------------------------

  async setDeadline(
    lsid: string,
    kind: DeadlineKind,
    dueAt: Date | number,
    facts: Record<string, string> = {},
  ): Promise<void> {
    const sql = this.#sql;
    const due =
      typeof dueAt === 'number'
        ? sql`clock_timestamp() + make_interval(secs => ${dueAt})`
        : sql`${dueAt}::timestamptz`;
    await sql`
      insert into session_deadline (lsid, kind, due_at, facts)
      values (${lsid}, ${kind}, ${due}, ${JSON.stringify(facts)}::text::jsonb)
      on conflict (lsid, kind) do update set due_at = excluded.due_at, facts = excluded.facts`;
  }

  async clearDeadline(lsid: string, kind: DeadlineKind): Promise<void> {
    await this.#sql`delete from session_deadline where lsid = ${lsid} and kind = ${kind}`;
  }

  async clearDeadlines(lsid: string): Promise<void> {
    await this.#sql`delete from session_deadline where lsid = ${lsid}`;
  }

  async withDueDeadlines(limit: number): Promise<string[]> {
    const rows = await this.#sql<{ lsid: string }[]>`
      select lsid from session_deadline where due_at <= clock_timestamp() group by lsid order by min(due_at) limit ${limit}`;
    return rows.map(({ lsid }) => lsid);
  }

  async takeDueDeadlines(lsid: string): Promise<SessionDeadline[]> {
    return await this.#sql<SessionDeadline[]>`
      delete from session_deadline where lsid = ${lsid} and due_at <= clock_timestamp()
      returning lsid, kind, due_at as "dueAt", facts`;
  }
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function grouped<Row extends { lsid: string }, T>(
  rows: readonly Row[],
  convert: (row: Row) => T,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.lsid);
    if (group) group.push(convert(row));
    else groups.set(row.lsid, [convert(row)]);
  }
  return groups;
}
