import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canIsolate } from '../../ecm/host/process-isolation.ts';
import { until } from './fixtures/plugin-host.ts';

let host: ChildProcess | undefined;
afterEach(() => host?.kill('SIGKILL'));

describe.runIf(process.platform === 'linux')('a host that is killed', () => {
  it('leaves nothing of its plug-ins behind, whatever they are doing', async () => {
    host = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/host-process.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH ?? '', PLANTED: 'planted-in-the-environment' },
    });
    const [line] = (await once(host.stdout!, 'data')) as [Buffer];
    const groups = JSON.parse(String(line)) as number[];
    expect(groups).toHaveLength(4);
    const members = membersOf(groups);
    // With the child that one of them has started, and for each what gives it a namespace.
    expect(members.length).toBe(canIsolate() ? 13 : 5);
    for (const pid of members) {
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/planted|HOST_TOKEN/i);
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toMatch(/token|rule/);
    }
    host.kill('SIGKILL');
    await once(host, 'exit');
    await until(() => membersOf(groups).length === 0, 15);
  });
});

/** Processes of these groups that live. */
function membersOf(groups: readonly number[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        // After the name in brackets: state, parent, group.
        const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
        return groups.includes(Number(group)) && state !== 'Z';
      } catch {
        return false;
      }
    });
}
