import { hashSecret, randomToken } from '../../../appliance/secrets.ts';
import type { SqlPool } from '../../../schema/sql.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

export interface JumpSite {
  appliance: TestAppliance;
  sql: SqlPool;
  api: Caller;
  groups: { kiosks: number; servers: number };
  jumpoint: number;
  policy: number;
  /** Somebody signed in with a token of the command line. */
  person(options: PersonOptions): Promise<{ id: number; call: Caller }>;
  stop(): Promise<void>;
}

export interface PersonOptions {
  administrator?: boolean;
  /** Direct memberships: group id to the name of a Jump Item Role, or null for the default role. */
  groups?: Record<number, string | null>;
  defaultRole?: string;
  /** Names of Jump Item Roles; No Access where nothing is said. */
  teamRole?: string;
  systemRole?: string;
}

/** A server without rate limits, with two Jump Groups, a Jumpoint and a Jump Policy. */
export async function jumpSite(): Promise<JumpSite> {
  const database: TestDatabase = await testDatabase();
  const { sql } = database;
  await sql`insert into site_setting (name, value)
            values ('rate_limit_per_second', '100000'), ('rate_limit_per_hour', '1000000')`;
  const groups = await sql<{ id: number }[]>`
    insert into jump_group (name, code_name) values ('Kiosks', 'kiosks'), ('Servers', 'servers') returning id`;
  const [jumpoint] = await sql<{ id: number }[]>`
    insert into jumpoint (name, code_name, platform) values ('Branch', 'branch', 'linux-x86') returning id`;
  const [policy] = await sql<{ id: number }[]>`
    insert into jump_policy (display_name, code_name) values ('Office hours', 'office_hours') returning id`;
  const appliance = await testAppliance({ database });
  return {
    appliance,
    sql,
    api: appliance.api,
    groups: { kiosks: groups[0]!.id, servers: groups[1]!.id },
    jumpoint: jumpoint!.id,
    policy: policy!.id,
    person: (options) => person(appliance.url, sql, options),
    async stop() {
      await appliance.stop();
      await database.drop();
    },
  };
}

async function person(
  url: string,
  sql: SqlPool,
  {
    administrator = false,
    groups = {},
    defaultRole = 'Start Sessions Only',
    teamRole = 'No Access',
    systemRole = 'No Access',
  }: PersonOptions,
): Promise<{ id: number; call: Caller }> {
  const username = randomToken(10);
  const [user] = await sql<{ id: number }[]>`
    insert into app_user (username, private_display_name, perm_admin, settings)
    values (${username}, ${`Person ${username}`}, ${administrator}, jsonb_build_object(
            'default_jump_item_role_id', (select id from jump_item_role where name = ${defaultRole}),
            'private_jump_item_role_id', (select id from jump_item_role where name = 'Administrator'),
            'inferior_jump_item_role_id', (select id from jump_item_role where name = ${teamRole}),
            'unassigned_jump_item_role_id', (select id from jump_item_role where name = ${systemRole})))
    returning id`;
  for (const [groupId, role] of Object.entries(groups)) {
    await sql`insert into jump_group_user (jump_group_id, user_id, jump_item_role_id)
              values (${Number(groupId)}, ${user!.id}, (select id from jump_item_role where name = ${role}))`;
  }
  const token = `bhu_${randomToken(40)}`;
  await sql`insert into user_credential (user_id, kind, secret_hash, expires_at)
            values (${user!.id}, 'token', ${hashSecret(token)}, now() + interval '1 hour')`;
  return { id: user!.id, call: caller(url, async () => ({ authorization: `Bearer ${token}` })) };
}
