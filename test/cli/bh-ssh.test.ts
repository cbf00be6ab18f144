import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bh, makeBh } from '../support/bh.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { liveEcmHost } from '../support/live-ecm.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { pluginInfo } from '../support/scripted-ecm.ts';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';
import { ADMIN_PASSWORD, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';

let appliance: TestAppliance;
let bh: Bh;
let sshd: TestSshd;
let jumpointId: number;
/** `bh` reaches the appliance through it; the built-in Jumpoint does not. */
let network: TcpProxy;

beforeAll(async () => {
  network = await tcpProxy(() => Number(new URL(appliance.url).port));
  const siteUrl = `http://127.0.0.1:${network.port}`;
  [appliance, bh, sshd] = await Promise.all([
    testAppliance({ builtInJumpoint: true, env: { BRIDGEHEAD_PUBLIC_URL: siteUrl } }),
    makeBh(),
    testSshd(),
  ]);
  await liftRateLimits(appliance);
  jumpointId = await builtInJumpoint();
  const group = await ok(
    appliance.api('/api/config/v1/jump-group', { method: 'POST', json: { name: 'Servers' } }),
  );
  for (const name of ['build host', 'web host 1', 'web host 2']) {
    await ok(
      appliance.api('/api/config/v1/jump-item/shell-jump', {
        method: 'POST',
        json: {
          name,
          hostname: '127.0.0.1',
          port: sshd.port,
          protocol: 'ssh',
          username: sshd.username,
          jumpoint_id: jumpointId,
          jump_group_id: group.id,
          jump_group_type: 'shared',
        },
      }),
    );
  }
  const run = await bh.run(['sign-in', siteUrl, '-u', 'admin'], { input: `${ADMIN_PASSWORD}\n` });
  expect(run.exitCode).toBe(0);
  // The key of the target is known from here on.
  const first = bh.terminal(['ssh', 'build host', '-i', sshd.privateKeyFile]);
  await first.waitFor('Unknown host key');
  await first.waitFor(await sshd.fingerprint());
  first.type('s\r');
  // Typed ahead, for the shell that is about to come.
  first.type('exit\r');
  expect(await first.exitCode()).toBe(0);
}, 60_000);

afterAll(async () => {
  await appliance?.stop();
  await Promise.all([sshd?.stop(), bh?.remove(), network?.stop()]);
});

async function builtInJumpoint(): Promise<number> {
  const found = async () =>
    (await ok(appliance.api('/api/config/v1/jumpoint?name=local'))) as unknown as {
      id: number;
      connected: boolean;
    }[];
  await until('the built-in Jumpoint to connect', async () => (await found())[0]?.connected === true);
  return (await found())[0]!.id;
}

async function sessions(): Promise<{ lsid: string; state: string; external_key: string }[]> {
  return JSON.parse((await bh.run(['sessions', '--all', '--json'])).stdout);
}

describe('bh ssh', () => {
  it('is a terminal of the same size, passes the exit code on and leaves the terminal as it was', async () => {
    const terminal = bh.terminal(['ssh', 'build host', '-i', sshd.privateKeyFile, '--external-key', 'INC7'], {
      afterwards: 'stty -a',
    });
    await terminal.waitFor('; ~? shows the escapes');
    terminal.type('stty size; echo marker-$((40+2))\r');
    await terminal.waitFor('40 100');
    await terminal.waitFor('marker-42');
    terminal.type('exit 7\r');
    expect(await terminal.exitCode()).toBe(7);
    const settings = terminal.shown.slice(terminal.shown.lastIndexOf('speed'));
    expect(settings).toMatch(/ icanon /);
    expect(settings).toMatch(/ echo /);
    expect((await sessions()).some((session) => session.external_key === 'INC7')).toBe(true);
  });

  it('starts a session with custom attributes, and only with attributes that make sense', async () => {
    await ok(
      appliance.api('/api/config/v1/custom-session-attribute', {
        method: 'POST',
        json: { display_name: 'Department', code_name: 'department' },
      }),
    );
    const ssh = (...more: string[]) =>
      bh.run(['ssh', 'build host', '-i', sshd.privateKeyFile, ...more], { input: 'exit\n' });
    const run = await ssh('--external-key', 'INC8', '--attribute', 'department=billing = east');
    expect(run.exitCode, run.stderr).toBe(0);
    const session = (await sessions()).find(({ external_key: key }) => key === 'INC8');
    expect((await ok(appliance.admin(`/api/config/v1/session/${session!.lsid}`))).custom_attributes).toEqual({
      department: 'billing = east',
    });
    expect(await ssh('--attribute', 'department')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('NAME=VALUE'),
    });
    expect((await ssh('--attribute', 'department=a', '--attribute', 'department=b')).exitCode).toBe(2);
    const unknown = await ssh('--attribute', 'floor=2');
    expect([unknown.exitCode, unknown.stderr]).toEqual([255, expect.stringContaining('floor')]);
  });

  it('has a credential of the vault injected, asks which on a terminal, and keeps the default', async () => {
    const account = (await ok(
      appliance.api('/api/config/v1/vault/account', {
        method: 'POST',
        json: { type: 'ssh', name: 'deploy key', username: sshd.username, private_key: sshd.privateKey },
      }),
    )) as { id: number };
    await ok(
      appliance.api(`/api/config/v1/vault/account/${account.id}/user`, {
        method: 'POST',
        json: { user_id: 1, role: 'inject' },
      }),
    );
    const piped = await bh.run(['ssh', 'build host', '--credential', 'deploy key'], {
      input: 'echo in-$((40+2))\nexit 3\n',
    });
    expect([piped.exitCode, piped.stdout], piped.stderr).toEqual([3, expect.stringContaining('in-42')]);
    expect(await bh.run(['ssh', 'build host', '--credential', 'no such'])).toMatchObject({
      exitCode: 255,
      stderr: expect.stringContaining('No credential that you may use here matches no such'),
    });
    const asked = bh.terminal(['ssh', 'build host', '--remember']);
    await asked.waitFor('deploy key');
    await asked.waitFor('recommended');
    asked.type('1\r');
    asked.type('exit 4\r');
    expect(await asked.exitCode()).toBe(4);
    const silent = bh.terminal(['ssh', 'build host']);
    silent.type('exit 5\r');
    expect(await silent.exitCode()).toBe(5);
    expect(silent.shown).not.toContain('Sign in with');
    const other = bh.terminal(['ssh', 'build host', '--choose-credential']);
    await other.waitFor('group Default) - your default, recommended');
    other.type('\r');
    await other.exitCode();
    expect(await bh.run(['ssh', 'build host', '--credential', 'vault:999'])).toMatchObject({
      stderr: 'bh: There is no such credential that you may use here.\n',
    });
    const removed = await appliance.api(`/api/config/v1/vault/account/${account.id}`, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    await appliance.sql`delete from default_credential`;
  });

  it('lets a person choose when several items match', async () => {
    const terminal = bh.terminal(['ssh', 'web', 'host', '-i', sshd.privateKeyFile]);
    await terminal.waitFor('Several Shell Jump Items match web host');
    await terminal.waitFor('1  web host 1');
    await terminal.waitFor('2  web host 2');
    terminal.type('9\r');
    await terminal.waitFor('A number from 1 to 2');
    terminal.type('2\r');
    await terminal.waitFor('; ~? shows the escapes');
    terminal.type('exit\r');
    expect(await terminal.exitCode()).toBe(0);
  });

  it('names the matches where nobody can choose', async () => {
    const run = await bh.run(['ssh', 'web host']);
    expect(run.exitCode).toBe(255);
    expect(run.stderr).toContain('web host 2');
    expect(run.stderr).toContain('--id');
    expect((await bh.run(['ssh', 'no such thing'])).stderr).toContain('No Shell Jump Item matches');
  });

  it('runs what comes from a pipe', async () => {
    const run = await bh.run(['ssh', 'build host', '-i', sshd.privateKeyFile], {
      input: 'echo piped-$((1+1)); exit 3\n',
    });
    expect(run.stdout).toContain('piped-2');
    expect(run.exitCode).toBe(3);
  });

  it('ends the session with ~.', async () => {
    const terminal = bh.terminal(['ssh', 'build host', '-i', sshd.privateKeyFile]);
    await terminal.waitFor('; ~? shows the escapes');
    terminal.type('echo here-$((2+2))\r');
    await terminal.waitFor('here-4');
    terminal.type('~?');
    await terminal.waitFor('~. ends the session');
    terminal.type('\r~.');
    expect(await terminal.exitCode()).toBe(255);
    await until('the session to end', async () =>
      (await sessions()).every((session) => session.state === 'ended'),
    );
  });

  it('comes back to the running session when the connection breaks', async () => {
    const terminal = bh.terminal(['ssh', 'build host', '-i', sshd.privateKeyFile]);
    await terminal.waitFor('Session ');
    terminal.type('kept=$((20+3)); echo here-$kept\r');
    await terminal.waitFor('here-23');
    network.cut();
    await terminal.waitFor('The connection was lost; connecting again');
    await terminal.waitFor('Connected again.');
    terminal.type('echo still-$kept; exit 4\r');
    await terminal.waitFor('still-23');
    expect(await terminal.exitCode()).toBe(4);
  });

  it('leaves when the session was ended while it was away', async () => {
    const run = bh.run(['ssh', 'build host', '-i', sshd.privateKeyFile, '--external-key', 'INC9'], {
      input: 'sleep 60\n',
    });
    const mine = async () => {
      const page = await ok(appliance.admin('/api/config/v1/session?external_key=INC9'));
      return (page.items as { lsid: string; state: string }[])[0];
    };
    await until('the session to be active', async () => (await mine())?.state === 'active');
    network.open = false;
    network.cut();
    const { lsid } = (await mine())!;
    await ok(appliance.admin(`/api/config/v1/session/${lsid}/terminate`, { method: 'POST' }));
    network.open = true;
    const { exitCode, stderr } = await run;
    expect(exitCode).toBe(255);
    expect(stderr).toContain('The connection was lost');
  });

  it('says that somebody else ended the session', async () => {
    const args = ['ssh', 'build host', '-i', sshd.privateKeyFile, '--external-key', 'INC10'];
    const terminal = bh.terminal(args);
    await terminal.waitFor('Session ');
    terminal.type('echo here-$((2+3))\r');
    await terminal.waitFor('here-5');
    // Others may still be about to end.
    const running = (await sessions()).find((session) => session.external_key === 'INC10');
    const listed = await bh.run(['sessions']);
    expect(listed.stdout).toContain(running!.lsid);
    expect((await bh.run(['close', running!.lsid])).stdout).toContain('Ended');
    expect(await terminal.exitCode()).toBe(255);
  });

  it('explains a target that cannot be reached and an item that may not be started', async () => {
    const run = await bh.run(['ssh', 'nobody@127.0.0.1', '--jumpoint', 'nowhere']);
    expect(run).toMatchObject({
      exitCode: 255,
      stderr: expect.stringContaining('no Jumpoint named nowhere'),
    });
    const dead = await bh.run(['ssh', 'nobody@127.0.0.1', '--jumpoint', 'local', '--port', '1']);
    expect(dead.exitCode).toBe(255);
    expect(dead.stderr).toMatch(/refused|reach/i);
  });

  it.runIf(canMakeUsers)('signs in as another account, with its password typed blind', async () => {
    const user: TestUser = await testUser();
    try {
      const terminal = bh.terminal(['ssh', `${user.username}@build host`]);
      await terminal.waitFor(`as ${user.username}`);
      await terminal.waitFor('Password: ');
      terminal.type(`${user.password}\r`);
      await terminal.waitFor('$ ');
      terminal.type('echo me-$(id -un)\r');
      await terminal.waitFor(`me-${user.username}`);
      expect(terminal.shown).not.toContain(user.password);
      terminal.type('exit\r');
      expect(await terminal.exitCode()).toBe(0);
    } finally {
      await user.remove();
    }
  });
});

describe('bh run-script', () => {
  let files = 0;
  async function script(...lines: string[]): Promise<string> {
    files += 1;
    const path = join(bh.config, `script-${files}.brcs`);
    await writeFile(path, `BRCS1.0\r\n${lines.join('\r\n')}\r\n`);
    return path;
  }

  it('starts what the commands name, one after the other, each once it is confirmed', async () => {
    const path = await script(
      'action=login',
      'action=start_jump_item_session&jump.method=shelljump&search_string=build%20host&session.custom.external_key=INC8',
      `action=start_shell_jump_session&target=127.0.0.1&port=${sshd.port}&username=${sshd.username}`,
    );
    const terminal = bh.terminal(['run-script', path]);
    await terminal.waitFor('as admin');
    await terminal.waitFor('build host');
    await terminal.waitFor('for INC8. Start? [y/N] ');
    terminal.type('y\r');
    await terminal.waitFor('Session ');
    await terminal.waitFor('Password');
    terminal.type('\x03');
    await terminal.waitFor('cancelled');
    await terminal.waitFor('start_shell_jump_session');
    await terminal.waitFor('127.0.0.1');
    terminal.type('n\r');
    expect(await terminal.exitCode()).toBe(1);
    expect((await sessions()).some((session) => session.external_key === 'INC8')).toBe(true);
  });

  it('refuses files that are no scripts and commands without a hit', async () => {
    const path = await script('action=start_jump_item_session&search_string=nothing-like-it');
    const none = bh.terminal(['run-script', path]);
    expect(await none.exitCode()).toBe(1);
    expect(none.shown).toMatch(/bh: \S/);
    await writeFile(path, 'action=login\n');
    expect(await bh.run(['run-script', path])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no script file'),
    });
  });

  it('takes one command as the installed console does', async () => {
    const terminal = bh.terminal([
      '--run-script',
      'action=start_jump_item_session&search_string=build%20host',
    ]);
    await terminal.waitFor('Start? [y/N] ');
    terminal.type('n\r');
    expect(await terminal.exitCode()).toBe(1);
  });

  it("goes to a system that the organisation's vault knows, with a credential of it", async () => {
    const host = await liveEcmHost(appliance.admin, appliance.url, 'vault-net-1');
    try {
      const capabilities = { ...pluginInfo().capabilities, endpointSearch: true };
      host.operations.change([pluginInfo({ capabilities })]);
      const { username, privateKey, port } = sshd;
      const system = (id: string, label: string) => ({
        ...{ id, label, type: 'shell_jump', hostname: '127.0.0.1', port },
      });
      host.operations.endpoints = [system('store:7', 'Payroll'), system('store:8', 'Payroll, test')];
      host.operations.found.items = [{ id: 'store:deploy', label: 'deploy', username }];
      host.operations.credential = { username, privateKey };
      await until('its search to be known', async () => {
        const { kinds } = await ok(appliance.admin('/api/config/v1/ecm-endpoint/kind'));
        return (kinds as string[]).length > 0;
      });
      const ssh = (...more: string[]) =>
        bh.run(['ssh', '--endpoint', '--jumpoint', 'local', '--credential', 'deploy', ...more], {
          input: 'exit 5\n',
        });
      expect(await ssh('payroll')).toMatchObject({ exitCode: 5 });
      expect(await ssh('store:8')).toMatchObject({ exitCode: 5 });
      const told = host.operations.asked.filter(({ kind }) => kind === 'get');
      expect(told.map(({ session }) => session.endpointId)).toEqual(['store:7', 'store:8']);
      host.operations.endpoints[0]!.label = 'Payroll, production';
      const several = await ssh('payroll');
      expect(several.exitCode).toBe(255);
      expect(several.stderr).toContain(`  store:8  Payroll, test (127.0.0.1:${port})`);
      expect((await bh.run(['ssh', '--endpoint', 'payroll'])).stderr).toContain('--jumpoint NAME');
    } finally {
      await host.stop();
    }
  }, 40_000);
});
