import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { asciicast } from '../../appliance/sessions/asciicast.ts';
import type {
  NewRecording,
  RecordingEvents,
  RecordingStore,
} from '../../appliance/sessions/recording-store.ts';
import { DirectoryRecordingStore } from '../../integrations/files/directory-recording-store.ts';
import { until } from '../support/live-jumpoint.ts';
import { MemoryRecordingStore } from '../support/memory-recording-store.ts';

const places: string[] = [];
function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'recordings-'));
  places.push(directory);
  return directory;
}
afterAll(() => {
  for (const directory of places) rmSync(directory, { recursive: true, force: true });
});

const wrappingKey = randomBytes(32);
const silent: RecordingEvents = { onDrain() {}, onFailure() {} };

function aRecording(change: Partial<NewRecording> = {}): NewRecording {
  return {
    lsid: randomBytes(16).toString('hex'),
    instance: 0,
    startedAt: new Date(),
    columns: 80,
    rows: 24,
    ...change,
  };
}

async function castOf(
  store: RecordingStore,
  location: string,
): Promise<{ header: { width: number }; events: [number, string, string][] }> {
  let text = '';
  for await (const line of asciicast(await store.open(location), 'a title')) text += line;
  const [header, ...events] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { header, events };
}

async function outputOf(store: RecordingStore, location: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const frame of (await store.open(location)).frames())
    if (frame.type === 'output') pieces.push(frame.data);
  return Buffer.concat(pieces);
}

describe.each([
  ['directory', () => new DirectoryRecordingStore({ directory: place(), wrappingKey })],
  ['memory', () => new MemoryRecordingStore()],
])('every recording store (%s)', (_name, make) => {
  it('gives back output and resizes in order, with characters that two frames share', async () => {
    const store = make();
    const writer = await store.create(aRecording(), silent);
    const euro = Buffer.from('€');
    writer.output(Buffer.from('price '));
    writer.output(euro.subarray(0, 1));
    writer.resize(132, 43);
    writer.output(euro.subarray(1));
    writer.output(Buffer.from([0xff, 0x0a]));
    await writer.close();
    await writer.close();

    const { header, events } = await castOf(store, writer.location);
    expect(header).toMatchObject({ version: 2, width: 80, height: 24 });
    expect(events.map(([, code, text]) => [code, text])).toEqual([
      ['o', 'price '],
      ['r', '132x43'],
      ['o', '€'],
      ['o', '\ufffd\n'],
    ]);
  });

  it('takes nothing more once closed and does not know what it never held', async () => {
    const store = make();
    const writer = await store.create(aRecording(), silent);
    writer.output(Buffer.from('before'));
    await writer.close();
    writer.output(Buffer.from('after'));
    expect((await outputOf(store, writer.location)).toString()).toBe('before');
    await expect(store.open(`2020-01/${'0'.repeat(32)}-0`)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the directory store', () => {
  it('never holds terminal output in the clear', async () => {
    const directory = place();
    const store = new DirectoryRecordingStore({ directory, wrappingKey });
    const writer = await store.create(aRecording(), silent);
    writer.output(Buffer.from('top secret output'));
    await writer.close();
    const file = join(directory, writer.location, '000000.seg');
    expect(readFileSync(file).includes('secret')).toBe(false);
    expect(statSync(file).mode & 0o077).toBe(0);
    const stranger = new DirectoryRecordingStore({ directory, wrappingKey: randomBytes(32) });
    await expect(stranger.open(writer.location)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.open('../../etc/passwd')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('reads a recording up to a torn tail, and refuses one that was changed before it', async () => {
    const directory = place();
    const store = new DirectoryRecordingStore({ directory, wrappingKey });
    const writer = await store.create(aRecording(), silent);
    const file = join(directory, writer.location, '000000.seg');
    for (const part of ['one ', 'two ', 'three']) {
      const { size } = statSync(file);
      writer.output(Buffer.from(part));
      await until('the part to be written', async () => statSync(file).size > size);
    }
    const whole = readFileSync(file);
    await writer.close();

    truncateSync(file, whole.length - 3);
    expect((await outputOf(store, writer.location)).toString()).toBe('one two ');
    writeFileSync(file, whole);
    appendFileSync(file, Buffer.alloc(4096));
    expect((await outputOf(store, writer.location)).toString()).toBe('one two three');
    const changed = Buffer.from(whole);
    changed[200]! ^= 1;
    writeFileSync(file, changed);
    await expect(outputOf(store, writer.location)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('starts new segments, reads them as one, and asks the source to pause when the disk is behind', async () => {
    const directory = place();
    const store = new DirectoryRecordingStore({ directory, wrappingKey });
    let drained: () => void = () => undefined;
    const writer = await store.create(aRecording(), { ...silent, onDrain: () => drained() });
    const chunk = randomBytes(64 * 1024);
    let pauses = 0;
    for (let sent = 0; sent < 1200; sent++) {
      if (writer.output(chunk)) continue;
      pauses++;
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    }
    await writer.close();
    expect(pauses).toBeGreaterThan(0);
    expect(readdirSync(join(directory, writer.location))).toEqual(['000000.seg', '000001.seg']);
    const read = createHash('sha256');
    for await (const frame of (await store.open(writer.location)).frames()) {
      if (frame.type === 'output') read.update(frame.data);
    }
    const sent = createHash('sha256');
    for (let count = 0; count < 1200; count++) sent.update(chunk);
    expect(read.digest('hex')).toBe(sent.digest('hex'));
  });

  it('loses at most the last second when its process is killed', async () => {
    const directory = place();
    const program = `
      import { DirectoryRecordingStore } from ${JSON.stringify(join(import.meta.dirname, '../../integrations/files/directory-recording-store.ts'))};
      const store = new DirectoryRecordingStore({ directory: process.argv[1], wrappingKey: Buffer.from(process.argv[2], 'hex') });
      const writer = await store.create({ lsid: 'a'.repeat(32), instance: 0, startedAt: new Date('2026-05-01T00:00:00Z'), columns: 80, rows: 24 }, { onDrain() {}, onFailure() {} });
      let tick = 0;
      setInterval(() => { writer.output(Buffer.from(tick + '\\n')); process.stdout.write(tick + '\\n'); tick++; }, 20);
    `;
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      program,
      directory,
      wrappingKey.toString('hex'),
    ]);
    let printed = '';
    child.stdout.on('data', (data) => {
      printed += data;
    });
    await until('enough output', async () => printed.split('\n').length >= 120);
    child.kill('SIGKILL');
    const last = Number(printed.trimEnd().split('\n').at(-1));
    const store = new DirectoryRecordingStore({ directory, wrappingKey });
    const recorded = (await outputOf(store, `2026-05/${'a'.repeat(32)}-0`))
      .toString()
      .trimEnd()
      .split('\n')
      .map(Number);
    expect(recorded).toEqual(recorded.map((_, index) => index));
    expect(last - recorded.length).toBeLessThan(60);
  });

  it.runIf(process.getuid?.() === 0)(
    'says that the disk is full, keeps what was written, and refuses new recordings',
    async (test) => {
      const directory = place();
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'pipe' });
      } catch {
        return test.skip('this system does not let tests mount a file system');
      }
      try {
        const store = new DirectoryRecordingStore({ directory, wrappingKey, minimumFreeBytes: 16 * 1024 });
        const failed = Promise.withResolvers<string>();
        const writer = await store.create(aRecording(), {
          ...silent,
          onFailure: (reason) => failed.resolve(reason),
        });
        const file = join(directory, writer.location, '000000.seg');
        const { size } = statSync(file);
        writer.output(Buffer.from('kept\n'));
        await until('the first output to be written', async () => statSync(file).size > size);
        for (let sent = 0; sent < 40; sent++) writer.output(Buffer.alloc(64 * 1024, 'x'));
        expect(await failed.promise).toBe('The disk for recordings is full.');
        await writer.close();
        expect((await outputOf(store, writer.location)).toString()).toMatch(/^kept\n/);
        writeFileSync(join(directory, 'filler'), Buffer.alloc(1024), { flag: 'w' });
        const filler = new DirectoryRecordingStore({ directory, wrappingKey });
        await expect(filler.create(aRecording(), silent)).rejects.toMatchObject({
          code: 'unavailable',
          message: 'The disk for recordings is full.',
        });
      } finally {
        execFileSync('umount', [directory]);
      }
    },
  );
});
