import { expect } from 'vitest';
import type { DefinedStatus } from '../../appliance/access/effective-settings.ts';
import { type Call, configurationCalls, liftRateLimits } from './configuration-calls.ts';
import { ADMIN_PASSWORD, caller, signIn, type TestAppliance, testAppliance } from './test-appliance.ts';

type Json = Record<string, unknown>;
type Statement = { to: string; action?: 'add' | 'remove'; role?: number | string };

export interface PolicyOfTest {
  settings?: Record<string, { status: DefinedStatus; value: unknown }>;
  members?: string[];
  jumpGroups?: Statement[];
  teams?: Statement[];
  jumpoints?: Statement[];
  jumpGroupsAddFinal?: boolean;
  jumpGroupsRemoveFinal?: boolean;
}

/** An appliance whose people, groups and policies are named, for tests of who may do what. */
export class AccessSite {
  readonly appliance: TestAppliance;
  /** As an API account with every permission. */
  readonly api: Call;
  readonly ids: Record<string, number> = {};
  private policies = 10;

  private constructor(appliance: TestAppliance) {
    this.appliance = appliance;
    this.api = configurationCalls(appliance.api);
  }

  static async start(): Promise<AccessSite> {
    const appliance = await testAppliance();
    await liftRateLimits(appliance);
    return new AccessSite(appliance);
  }

  /** Of something made here; fails for a name that nothing has. */
  id(name: string): number {
    const id = this.ids[name];
    if (id === undefined) throw new Error(`Nothing is called ${name}`);
    return id;
  }

  async make(path: string, name: string, json: Json): Promise<number> {
    const { status, body } = await this.api('POST', path, json);
    expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
    this.ids[name] = body.id;
    return body.id;
  }

  /** Signs in with the password of the administrator. */
  async user(username: string, settings: Json = {}): Promise<number> {
    const { sql } = this.appliance;
    const [row] = await sql<{ id: number }[]>`
      insert into app_user (username, public_display_name, private_display_name, password_hash, settings)
      select ${username}, ${username}, ${username}, password_hash, ${sql.json(settings as never)}
        from app_user where username = 'admin' returning id`;
    this.ids[username] = row!.id;
    return row!.id;
  }

  async signedIn(username: string): Promise<Call> {
    const { url } = this.appliance;
    const headers = await signIn(url, username, ADMIN_PASSWORD);
    return configurationCalls(caller(url, async () => headers));
  }

  async group(name: string): Promise<number> {
    return await this.make('/jump-group', name, { name, code_name: name });
  }

  async jumpoint(name: string, settings: Json = {}): Promise<number> {
    return await this.make('/jumpoint', name, {
      name,
      code_name: name,
      platform: 'linux-x86',
      shell_jump_enabled: true,
      ...settings,
    });
  }

  async shell(name: string, group: string, jumpoint: string, more: Json = {}): Promise<number> {
    return await this.make('/jump-item/shell-jump', name, {
      name,
      hostname: `${name}.example.com`,
      protocol: 'ssh',
      jump_group_id: this.id(group),
      jump_group_type: 'shared',
      jumpoint_id: this.id(jumpoint),
      ...more,
    });
  }

  /** A role with these permissions and no others. */
  async role(name: string, permissions: string[]): Promise<number> {
    return await this.make('/jump-item-role', name, {
      name,
      ...Object.fromEntries(permissions.map((permission) => [permission, true])),
    });
  }

  /** A group policy behind those made before. */
  async policy(name: string, policy: PolicyOfTest): Promise<number> {
    const { sql } = this.appliance;
    this.policies += 1;
    const [row] = await sql<{ id: number }[]>`
      insert into group_policy (name, position, settings, jump_groups_add_final, jump_groups_remove_final)
      values (${name}, ${this.policies}, ${sql.json((policy.settings ?? {}) as never)},
              ${policy.jumpGroupsAddFinal ?? false}, ${policy.jumpGroupsRemoveFinal ?? false})
      returning id`;
    const id = row!.id;
    this.ids[name] = id;
    for (const member of policy.members ?? []) {
      await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
                values (${id}, 1, ${this.id(member)})`;
    }
    for (const { to, action = 'add', role = null } of policy.jumpGroups ?? []) {
      await sql`insert into group_policy_jump_group (group_policy_id, jump_group_id, action, jump_item_role_id)
                values (${id}, ${this.id(to)}, ${action}, ${role as number | null})`;
    }
    for (const { to, action = 'add', role = 'member' } of policy.teams ?? []) {
      await sql`insert into group_policy_team (group_policy_id, team_id, action, role)
                values (${id}, ${this.id(to)}, ${action}, ${role as string})`;
    }
    for (const { to, action = 'add' } of policy.jumpoints ?? []) {
      await sql`insert into group_policy_jumpoint (group_policy_id, jumpoint_id, action)
                values (${id}, ${this.id(to)}, ${action})`;
    }
    return id;
  }

  async explain(question: Json): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }> {
    return await this.api('POST', '/access/explain', question);
  }
}

/** What a representative has who may jump in every way. */
export const REPRESENTATIVE = {
  perm_support_allowed: 'full_support',
  perm_shell_jump: true,
  perm_jump_client: true,
  perm_remote_rdp: true,
  perm_web_jump: true,
} as const;
