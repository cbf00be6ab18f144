import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLineArchiver } from '../../../integrations/files/command-line-archive.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

let appliance: TestAppliance;
let api: Call;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bridgehead-cli-'));
  if (!existsSync(join(root, 'dist/cli/bh.js'))) {
    await run(process.execPath, ['scripts/build.mjs', '--if-changed'], { cwd: root });
  }
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
}, 120_000);
afterAll(async () => {
  await appliance?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('a site at its first start has', () => {
  it('user 1, an administrator', async () => {
    expect((await api('GET', '/user/1')).body).toMatchObject({ id: 1, perm_admin: true, enabled: true });
  });

  it('the local security provider', async () => {
    const { body } = await api('GET', '/security-provider');
    expect(body).toContainEqual(expect.objectContaining({ type: 'local', enabled: true }));
  });

  it('public portal 1', async () => {
    expect((await api('GET', '/public-portal')).body[0]).toMatchObject({ id: 1 });
  });

  it('vault account group 1 and a vault account policy', async () => {
    expect((await api('GET', '/vault/account-group/1')).status).toBe(200);
    expect((await api('GET', '/vault/account-policy')).body).toHaveLength(1);
  });

  it('Jump Item Role 1 without any right, and the usual ones by name', async () => {
    const { body: first } = await api('GET', '/jump-item-role/1');
    expect(first.name).toBe('No Access');
    expect(
      Object.entries(first).filter(([name, value]) => name.startsWith('perm_') && value === true),
    ).toEqual([]);
    for (const name of ['Administrator', 'Start Sessions Only', 'Auditor', 'No Access']) {
      expect((await api('GET', `/jump-item-role?name=${encodeURIComponent(name)}`)).body).toHaveLength(1);
    }
  });

  it('session policies from id 2 on, and never id 1', async () => {
    const ids = (await api('GET', '/session-policy')).body.map(({ id }: { id: number }) => id);
    expect(ids).toContain(2);
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(2);
  });

  it('the three built-in representative statuses, which cannot be deleted', async () => {
    const { body } = await api('GET', '/rep-status');
    expect(body.map(({ name }: { name: string }) => name.toLowerCase())).toEqual([
      'available',
      'away',
      'busy',
    ]);
    for (const { id } of body) expect((await api('DELETE', `/rep-status/${id}`)).status).toBe(422);
  });
});

describe('the first call of a provisioning client', () => {
  it('learns that this is a support site', async () => {
    const answer = await appliance.api('/get_mech_list?version=3', {
      headers: { accept: 'application/json' },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).toEqual({
      mechs: ['local'],
      default_mech: 'local',
      cache: expect.stringMatching(/^[01]$/),
      company: expect.any(String),
      product: expect.any(String),
    });
    expect(body['product']).not.toBe('bpam');
  });

  it('is refused without a credential or with a wrong one', async () => {
    expect((await appliance.anonymous('/get_mech_list?version=3')).status).toBe(401);
    const headers = { authorization: 'Bearer nonsense' };
    expect((await appliance.anonymous('/get_mech_list?version=3', { headers })).status).toBe(401);
  });
});

describe('the command line as a download', () => {
  it.each(['linux', 'win32', 'macos'] as const)(
    'is a ZIP for %s with a program that starts',
    async (platform) => {
      const answer = await appliance.api(`/api/config/v1/cli/${platform}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
      expect(answer.headers.get('content-disposition')).toContain(`-${platform}.zip`);
      const archive = new Uint8Array(await answer.arrayBuffer());
      const files = Object.keys(unzipSync(archive));
      const [folder] = files[0]!.split('/');
      const start = platform === 'win32' ? 'bh.cmd' : 'bh';
      expect(
        files
          .map((file) => file.replace(`${folder}/`, ''))
          .filter(Boolean)
          .sort()
          .filter((file) => !file.startsWith('ecm/')),
      ).toEqual([start, 'bh.js', 'package.json'].sort());
      expect(files).toContain(`${folder}/ecm/bridgehead-ecm.service`);
      const target = join(directory, platform);
      await writeFile(`${target}.zip`, archive);
      await run('python3', ['-c', EXTRACT, `${target}.zip`, target]);
      const program = join(target, folder!);
      if (platform === 'win32') {
        expect(new TextDecoder().decode(unzipSync(archive)[`${folder}/bh.cmd`])).toMatch(/^@echo off\r\n/);
      } else {
        expect((await stat(join(program, 'bh'))).mode & 0o777).toBe(0o755);
      }
      const { version } = JSON.parse(
        new TextDecoder().decode(unzipSync(archive)[`${folder}/package.json`]),
      ) as {
        version: string;
      };
      const env = { PATH: process.env['PATH'] ?? '', HOME: directory };
      const [command, ...words] =
        platform === 'win32' ? [process.execPath, join(program, 'bh.js')] : [join(program, 'bh')];
      const { stdout } = await run(command!, [...words, '--version'], { cwd: directory, env });
      expect(stdout.trim()).toBe(version);
      // With what an ECM host runs.
      const bundled = [
        ...words,
        'ecm',
        'check',
        '--config',
        'ecm.yaml',
        '--user',
        'anna',
        '--hostname',
        'web-1',
      ];
      await writeFile(join(directory, 'ecm.yaml'), 'plugins:\n  store:\n    plugin: no-such-plugin\n');
      await expect(run(command!, bundled, { cwd: directory, env })).rejects.toMatchObject({
        stderr: expect.stringContaining('there are: cyberark-ccp, delinea-secret-server'),
      });
    },
    30_000,
  );

  it('answers HEAD with the same headers, other platforms with 422 and strangers with 401', async () => {
    const head = await appliance.api('/api/config/v1/cli/linux', { method: 'HEAD' });
    expect([head.status, Number(head.headers.get('content-length')) > 100_000]).toEqual([200, true]);
    expect((await api('GET', '/cli/amiga')).status).toBe(422);
    expect((await appliance.anonymous('/api/config/v1/cli/linux')).status).toBe(401);
  });

  it('says so when the program has not been built', async () => {
    const missing = commandLineArchiver('0', join(directory, 'nothing.js'));
    await expect(missing('linux')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

/** Python's extraction leaves permissions out; those of an unpacked program come from its archive. */
const EXTRACT = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for entry in archive.infolist():
        path = archive.extract(entry, sys.argv[2])
        os.chmod(path, (entry.external_attr >> 16) & 0o777 or 0o755)
`;
