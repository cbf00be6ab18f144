import { connect, type DatabaseAddress, type Sql } from './sql.ts';

const MONTHS_BEHIND = 1;
const MONTHS_AHEAD = 3;
/** Any constant: processes that make partitions at once take turns. */
const TURN = 7_266_420;

/**
 * Makes the monthly partitions of session events that are missing, from last month to three months ahead (UTC).
 * Needs the owner role. Safe to run from several processes at once. Answers the names of those it made.
 */
export async function makeSessionEventPartitions(owner: Sql, now = new Date()): Promise<string[]> {
  const made: string[] = [];
  for (let offset = -MONTHS_BEHIND; offset <= MONTHS_AHEAD; offset += 1) {
    const from = monthStart(now, offset);
    const name = `session_event_${from.slice(0, 4)}_${from.slice(5, 7)}`;
    const [existing] = await owner`
      select from pg_class where relname = ${name} and relnamespace = 'public'::regnamespace`;
    if (existing !== undefined) continue;
    // Attaching waits for no reader and makes none wait, unlike "create table ... partition of". The bounds cannot be
    // parameters. Statements sent together are one transaction, which looks again when its turn has come.
    await owner.unsafe(
      `select pg_advisory_xact_lock(${TURN});
       do $$ begin
         if not exists (select from pg_class where relname = '${name}' and relnamespace = 'public'::regnamespace) then
           create table ${name} (like session_event including all);
           alter table session_event attach partition ${name}
             for values from ('${from}T00:00:00Z') to ('${monthStart(now, offset + 1)}T00:00:00Z');
         end if;
       end $$`,
    );
    made.push(name);
  }
  return made;
}

/** The same for a job that runs once a day: on a connection of its own, closed afterwards. */
export async function makePartitionsAhead(owner: DatabaseAddress): Promise<string[]> {
  const sql = connect(owner, { max: 1, name: 'bridgehead partitions' });
  try {
    return await makeSessionEventPartitions(sql);
  } finally {
    await sql.end();
  }
}

function monthStart(now: Date, offset: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)).toISOString().slice(0, 10);
}
