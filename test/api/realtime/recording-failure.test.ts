import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ok, until } from '../../support/live-jumpoint.ts';
import { LiveSite, ROLE } from '../../support/live-site.ts';

const MEBIBYTE = 1024 * 1024;

/** A small file system of its own for recordings, when this process may mount one. */
const place = mkdtempSync(join(tmpdir(), 'bridgehead-full-'));
const mounted = mount();

function mount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=70m', 'tmpfs', place], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (mounted) execFileSync('umount', [place]);
  rmSync(place, { recursive: true, force: true });
});

/** Where nothing can be mounted the same rules are tested with a store in memory: see recording-store.test.ts. */
it.runIf(mounted)(
  'ends the session with a clear reason when the disk for recordings is full, and starts none',
  async () => {
    const site = await LiveSite.start({ env: { BRIDGEHEAD_RECORDINGS: join(place, 'recordings') } });
    try {
      const itemId = await site.item();
      const started = await site.start(site.appliance.admin, itemId);
      const terminal = await site.work(started);
      terminal.type('echo kept-$((1+1))\n');
      await terminal.shows('kept-2');
      writeFileSync(join(place, 'something-else'), Buffer.alloc(8 * MEBIBYTE));
      terminal.type('for i in $(seq 1 400); do echo line-$i; sleep 0.01; done\n');
      expect(await terminal.message('ended')).toMatchObject({
        reason: 'recording_failed',
        text: expect.stringContaining('The disk for recordings is full.'),
      });
      expect(await site.ended(started.lsid)).toMatchObject({
        end_reason: 'recording_failed',
        recordings: [{ failure: 'The disk for recordings is full.' }],
      });
      expect(await site.eventTypes(started.lsid)).toContain('Session Note Added');
      const audit = await ok(site.appliance.admin('/api/config/v1/audit-event?type=recording.failed'));
      expect(audit.items).toMatchObject([{ object: { id: started.lsid } }]);
      expect(await site.recorded(started.lsid)).toContain('kept-2');

      const refused = await site.tryStart(site.appliance.admin, {
        jump_item: { type: 'shell_jump', id: itemId },
      });
      expect(refused).toMatchObject({ status: 503, body: { message: 'The disk for recordings is full.' } });

      await ok(
        site.appliance.admin('/api/config/v1/site-setting', {
          method: 'PATCH',
          json: { recording_required: false },
        }),
      );
      const unrecorded = await site.start(site.appliance.admin, itemId);
      const working = await site.work(unrecorded);
      working.type('echo unrecorded-$((1+1))\n');
      await working.shows('unrecorded-2');
      expect(await site.show(unrecorded.lsid)).toMatchObject({ state: 'active', recordings: [] });
      expect(await site.eventTypes(unrecorded.lsid)).toContain('Session Note Added');
      working.send({ t: 'close' });
      await working.closed();
    } finally {
      await site.stop();
    }
  },
  60_000,
);

let site: LiveSite;
beforeAll(async () => {
  site = await LiveSite.start();
});
afterAll(() => site?.stop());

it('can be watched while the session runs, and by nobody who may not see the session', async () => {
  const person = await site.person({}, ROLE.startSessions);
  const started = await site.start(person.call, await site.item());
  const terminal = await site.work(started);
  terminal.type('echo on-the-way-$((1+1))\n');
  await terminal.shows('on-the-way-2');
  const path = `/api/config/v1/session/${started.lsid}/recording/0`;
  await until('the recording to show it', async () => {
    const cast = await (await site.appliance.admin(path)).text();
    return cast.includes('on-the-way-2');
  });
  expect((await person.call(path)).status).toBe(200);
  const stranger = await site.person({}, ROLE.startSessions);
  expect((await stranger.call(path)).status).toBe(404);
  expect((await site.appliance.anonymous(path)).status).toBe(401);
  expect((await site.appliance.admin(path.replace(/0$/, '7'))).status).toBe(404);
});
