import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { signIn } from '../support/test-appliance.ts';

vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = 'correct horse battery';
const COMMAND = resolve(import.meta.dirname, '../../cli/db-backup.ts');

let home: string;
let dataDir: string;
let server: ServerProcess;
const servers: ServerProcess[] = [];
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'bridgehead-backup-'));
  dataDir = join(home, 'data');
  server = await start(dataDir);
}, 120_000);
afterAll(async () => {
  for (const server of servers.splice(0)) {
    if (existsSync(`/proc/${server.pid}`)) server.kill('SIGTERM');
    await server.ended;
  }
  rmSync(home, { recursive: true, force: true });
});

describe('bh db backup', () => {
  it('of a server that runs and writes starts as a site of its own with all that was there', async () => {
    const headers = { ...(await signIn(server.url, 'admin', PASSWORD)), 'content-type': 'application/json' };
    const before = await makeGroups(server, headers, 'before', 20);
    const [{ stdout }, during] = await Promise.all([
      backUp(join(home, 'of-running')),
      makeGroups(server, headers, 'during', 40),
    ]);
    expect(stdout).toContain('server running');
    expect(during).toHaveLength(40);

    const restored = await start(join(home, 'of-running'));
    // Sign-ins were in the database as well.
    for (const id of before) {
      const answer = await fetch(`${restored.url}/api/config/v1/jump-group/${id}`, { headers });
      expect(answer.status).toBe(200);
    }
  });

  it('of a stopped server is a copy of its files', async () => {
    server.kill('SIGTERM');
    await server.ended;
    expect((await backUp(join(home, 'of-stopped'))).stdout).toContain('server stopped');
    const restored = await start(join(home, 'of-stopped'));
    await signIn(restored.url, 'admin', PASSWORD);
    await expect(backUp(join(home, 'of-stopped'))).rejects.toThrow('is not empty');
  });
});

async function start(directory: string): Promise<ServerProcess> {
  const server = await startServerProcess({
    dataDir: directory,
    env: { BRIDGEHEAD_ADMIN_PASSWORD: PASSWORD },
  });
  servers.push(server);
  return server;
}

async function makeGroups(
  server: ServerProcess,
  headers: Record<string, string>,
  word: string,
  count: number,
): Promise<number[]> {
  const ids: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const answer = await fetch(`${server.url}/api/config/v1/jump-group`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: `${word} ${number}` }),
    });
    expect(answer.status).toBe(201);
    ids.push(((await answer.json()) as { id: number }).id);
  }
  return ids;
}

function backUp(target: string): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, [COMMAND, target], {
    env: { PATH: process.env.PATH, BRIDGEHEAD_DATA_DIR: dataDir },
  });
}
