import { RIGHT_OF_METHOD } from '../../appliance/jump/jump-methods.ts';
import { liftRateLimits } from './configuration-calls.ts';
import { type LiveJumpoint, liveJumpoint, ok, until } from './live-jumpoint.ts';
import { RepresentativeTerminal } from './representative-terminal.ts';
import {
  type Caller,
  caller,
  signIn,
  type TestAppliance,
  type TestApplianceOptions,
  testAppliance,
} from './test-appliance.ts';
import { type TestSshd, testSshd } from './test-sshd.ts';

export interface Started {
  lsid: string;
  state: string;
  channel: { id: string; relay_url: string };
}

type Json = Record<string, unknown>;

/** The Jump Item Roles that come with the appliance. */
export const ROLE = { noAccess: 1, startSessions: 2, auditor: 3, administrator: 4 } as const;

const REPRESENTATIVE: Json = {
  perm_support_allowed: 'full_support',
  ...Object.fromEntries(Object.values(RIGHT_OF_METHOD).map((right) => [right, true])),
  private_jump_item_role_id: ROLE.administrator,
  perm_view_support_reports: 'user_sessions',
  perm_view_sd_recordings: true,
  perm_edit_external_key: true,
};
const BASE = '/api/config/v1';

/** A whole appliance with a real Jumpoint program and a real sshd behind it. */
export class LiveSite {
  readonly appliance: TestAppliance;
  readonly sshd: TestSshd;
  readonly jumpoint: LiveJumpoint;
  readonly groupId: number;
  private people = 0;

  private constructor(appliance: TestAppliance, sshd: TestSshd, jumpoint: LiveJumpoint, groupId: number) {
    this.appliance = appliance;
    this.sshd = sshd;
    this.jumpoint = jumpoint;
    this.groupId = groupId;
  }

  static async start(options: TestApplianceOptions = {}): Promise<LiveSite> {
    const [appliance, sshd] = await Promise.all([testAppliance(options), testSshd()]);
    await liftRateLimits(appliance);
    const jumpoint = await liveJumpoint(appliance.api);
    const group = await post(appliance.api, '/jump-group', { name: 'Servers' });
    return new LiveSite(appliance, sshd, jumpoint, group.id as number);
  }

  async stop(): Promise<void> {
    await this.jumpoint.stop();
    await this.appliance.stop();
    await this.sshd.stop();
  }

  async item(change: Json = {}): Promise<number> {
    const item = await post(this.appliance.api, '/jump-item/shell-jump', {
      name: 'build host',
      hostname: '127.0.0.1',
      port: this.sshd.port,
      protocol: 'ssh',
      username: this.sshd.username,
      jumpoint_id: this.jumpoint.jumpointId,
      jump_group_id: this.groupId,
      jump_group_type: 'shared',
      ...change,
    });
    return item.id as number;
  }

  /**
   * A representative with every right that tests of sessions need, signed in; `settings` are values of the settings
   * catalogue on top. With a role also a member of the Jump Group and of the Jumpoint.
   */
  async person(
    settings: Json = {},
    roleId?: number,
  ): Promise<{ id: number; username: string; call: Caller }> {
    this.people += 1;
    const username = `rep${this.people}`;
    const password = 'correct horse battery';
    const user = await post(this.appliance.admin, '/user', {
      username,
      password,
      public_display_name: `Rep ${this.people}`,
      private_display_name: `Representative ${this.people}`,
      password_reset_next_login: false,
    });
    const id = user.id as number;
    const { sql } = this.appliance;
    await sql`update app_user set settings = ${sql.json({ ...REPRESENTATIVE, ...settings } as never)} where id = ${id}`;
    if (roleId !== undefined) {
      await post(this.appliance.api, `/jump-group/${this.groupId}/user`, {
        user_id: id,
        jump_item_role_id: roleId,
      });
      await this.admitToJumpoint(id);
    }
    const headers = await signIn(this.appliance.url, username, password);
    return { id, username, call: caller(this.appliance.url, async () => headers) };
  }

  async admitToJumpoint(userId: number): Promise<void> {
    await post(this.appliance.api, `/jumpoint/${this.jumpoint.jumpointId}/user`, { user_id: userId });
  }

  async tryStart(who: Caller, body: Json): Promise<{ status: number; body: Json }> {
    const answer = await who(`${BASE}/session`, { method: 'POST', json: body });
    return { status: answer.status, body: (await answer.json()) as Json };
  }

  async start(who: Caller, itemId: number, more: Json = {}): Promise<Started> {
    return (await post(who, '/session', {
      jump_item: { type: 'shell_jump', id: itemId },
      ...more,
    })) as unknown as Started;
  }

  /** Dials the channel, signs in with the key of the sshd and waits for the prompt of the shell. */
  async work(started: Started): Promise<RepresentativeTerminal> {
    const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
    await terminal.signInWithKey(this.sshd.privateKey);
    await terminal.connected();
    await terminal.shows(/[$#] /);
    return terminal;
  }

  async show(lsid: string): Promise<Json> {
    return await ok(this.appliance.admin(`${BASE}/session/${lsid}`));
  }

  async ended(lsid: string, patienceMs = 15_000): Promise<Json> {
    await until('the session to end', async () => (await this.show(lsid)).state === 'ended', patienceMs);
    return await this.show(lsid);
  }

  async eventTypes(lsid: string): Promise<string[]> {
    const { items } = await ok(this.appliance.admin(`${BASE}/session/${lsid}/event`));
    return (items as { event_type: string }[]).map(({ event_type }) => event_type);
  }

  /** Output of the finished recording. */
  async recorded(lsid: string): Promise<string> {
    await until('the recording to be finished', async () => {
      const recordings = (await this.show(lsid)).recordings as { ended_at: string | null }[];
      return recordings.length > 0 && recordings.every(({ ended_at }) => ended_at !== null);
    });
    const cast = await this.appliance.admin(`${BASE}/session/${lsid}/recording/0`);
    return castText(await cast.text());
  }
}

export async function post(who: Caller, path: string, json: Json): Promise<Json> {
  return await ok(who(`${BASE}${path}`, { method: 'POST', json }));
}

/** What the terminal showed, from an asciicast. */
export function castText(cast: string): string {
  const [, ...events] = cast.trimEnd().split('\n');
  return events.map((line) => (JSON.parse(line) as [number, string, string])[2]).join('');
}
