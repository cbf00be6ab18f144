import type { SqlPool } from '../../schema/sql.ts';

export interface SeededSessions {
  count: number;
  /** The first one starts here; each later one so many seconds after the one before. */
  from: Date;
  secondsApart?: number;
  /** Every session lasts so long; undefined: they all still run. */
  lastingSeconds?: number | undefined;
}

/**
 * Ended or running Shell Jump sessions as the appliance stores them, made by the database in one go: two participants,
 * eight events, an attribute and a recording each. Their lsids are the md5 of their number, beginning with 1.
 */
export async function seedSessions(sql: SqlPool, seeded: SeededSessions): Promise<void> {
  const { count, from, secondsApart = 1, lastingSeconds } = seeded;
  const lasting = lastingSeconds ?? null;
  await sql.begin(async (tx) => {
    await tx`
      create temporary table seeded on commit drop as
      select n, md5(n::text) as lsid, at, at + ${lasting}::float8 * interval '1 second' as ended
        from (select n, ${from}::timestamptz + (n - 1) * ${secondsApart}::float8 * interval '1 second' as at
                from generate_series(1, ${count}::int) n) s`;
    await tx`
      insert into custom_session_attribute (display_name, code_name) values ('Department', 'department')
      on conflict do nothing`;
    await tx`
      insert into support_session (lsid, state, start_method, started_at, ended_at, end_reason, jump_item_kind,
             jump_item_name, target, jump_group_id, jump_group_type, jump_group_name, jumpoint_id, jumpoint_name,
             user_id, external_key, last_sequence, last_gsnumber)
      select lsid, case when ended is null then 'active' else 'ended' end, 'jump_item', at, ended,
             case when ended is null then null else 'representative_closed' end, 'shell_jump', 'host ' || n,
             jsonb_build_object('hostname', '10.0.0.4', 'port', 22, 'protocol', 'ssh', 'username', 'root',
               'terminal', 'xterm', 'keep_alive', 0),
             1, 'shared', 'Kiosks', 7, 'Net1', (select min(id) from app_user), 'INC' || n, 8, 2
        from seeded order by n`;
    await tx`
      insert into session_participant (lsid, gsnumber, role, user_id, username, public_display_name,
             private_display_name, public_ip, private_ip, hostname, os, owner, joined_at, left_at)
      select lsid, 1, 'representative', 1, 'admin', 'Admin', 'Administrator', '203.0.113.10:50000', '', '', '', true, at, ended
        from seeded
      union all
      select lsid, 2, 'customer', null, 'host ' || n, '', '', '203.0.113.9:22', '10.0.0.4', 'host-' || n, '', false, at, ended
        from seeded`;
    await tx`insert into session_attribute (lsid, code_name, value) select lsid, 'department', 'sales' from seeded`;
    await tx`
      insert into recording (lsid, instance, kind, location, started_at, ended_at)
      select lsid, 0, 'command_shell', lsid || '/0', at, ended from seeded`;
    await tx`
      insert into session_event (session_started_at, lsid, sequence, occurred_at, event_type, performed_by, destination, body, data)
      select s.started_at, s.lsid, e.sequence, s.started_at + e.sequence * interval '1 second', e.event_type,
             e.performed_by::jsonb, e.destination::jsonb, e.body, e.data::jsonb
        from seeded join support_session s on s.lsid = seeded.lsid, (values
          (1, 'Session Start', null, null, null, null),
          (2, 'Conference Owner Changed', null, '{"type":"system","gsnumber":0,"name":"Pre-start Conference"}', null,
              '[{"name":"owner","value":"Pre-start Conference"}]'),
          (3, 'Conference Member Added', null, '{"type":"representative","gsnumber":1,"name":"Admin"}', null,
              '[{"name":"username","value":"admin"},{"name":"public_ip","value":"203.0.113.10:50000"}]'),
          (4, 'Conference Owner Changed', null, '{"type":"representative","gsnumber":1,"name":"Admin"}', null,
              '[{"name":"owner","value":"Admin"}]'),
          (5, 'Conference Member Added', null, '{"type":"customer","gsnumber":2,"name":"host"}', null,
              '[{"name":"hostname","value":"host"}]'),
          (6, 'Command Shell Session Started', '{"type":"representative","gsnumber":1,"name":"Admin"}', null, null,
              '[{"name":"instance","value":"0"}]'),
          (7, 'Session Note Added', '{"type":"representative","gsnumber":1,"name":"Admin"}', null, 'Restarted <the> & "service".', null),
          (8, 'Session End', '{"type":"representative","gsnumber":1,"name":"Admin"}', null, null, null)
        ) e (sequence, event_type, performed_by, destination, body, data)`;
  });
}

/** The lsid of the seeded session with this number. */
export async function seededLsid(sql: SqlPool, number: number): Promise<string> {
  const [row] = await sql<{ lsid: string }[]>`select md5(${String(number)}) as lsid`;
  return row!.lsid;
}
