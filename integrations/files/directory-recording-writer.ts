import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ApplianceError } from '../../appliance/errors.ts';
import type { RecordingEvents, RecordingWriter } from '../../appliance/sessions/recording-store.ts';
import { FrameBlock, sealBlock, segmentHeader } from './recording-segment.ts';

/**
 * Output is gathered in blocks of this size, copied: holding on to thousands of small buffers until the next write would
 * cost far more in garbage collection than the copy does.
 */
const BLOCK_BYTES = 128 * 1024;
/** Bytes that wait for the disk at which the source is asked to pause, and at which it may go on. */
const PAUSE_AT = 4 * 1024 * 1024;
const RESUME_AT = 1024 * 1024;
/** Longest time output waits before it is written and synced; the port promises a second. */
const SYNC_EVERY_MS = 500;
const SEGMENT_BYTES = 64 * 1024 * 1024;

/** Blocks that are not in use, shared by all recordings of the process. */
const spare: FrameBlock[] = [];
const MOST_SPARE = 64;

function takeBlock(): FrameBlock {
  return spare.pop() ?? new FrameBlock(BLOCK_BYTES);
}

function giveBack(block: FrameBlock): void {
  block.clear();
  if (spare.length < MOST_SPARE) spare.push(block);
}

export interface WriterSettings {
  directory: string;
  location: string;
  dataKey: Buffer;
  wrappingKey: Uint8Array;
  /** The first segment, open, with its header and start block written. */
  first: { handle: FileHandle; length: number };
  events: RecordingEvents;
  /** Throws when the place is too full to go on. */
  checkRoom: () => Promise<void>;
}

export function segmentName(segment: number): string {
  return `${String(segment).padStart(6, '0')}.seg`;
}

/** Appends one recording to its segment files; see `RecordingWriter` for what it promises. */
export class DirectoryRecordingWriter implements RecordingWriter {
  readonly location: string;
  private readonly settings: WriterSettings;
  private readonly started = performance.now();
  private handle: FileHandle;
  private segment = 0;
  private segmentLength: number;
  private block = 1;
  /** The block being filled, and those that wait for the disk. */
  private filling: FrameBlock | undefined;
  private waiting: FrameBlock[] = [];
  private taken = 0;
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();
  private writeQueued = false;
  private pausedSource = false;
  private failed = false;
  private closing: Promise<void> | undefined;

  constructor(settings: WriterSettings) {
    this.settings = settings;
    this.location = settings.location;
    this.handle = settings.first.handle;
    this.segmentLength = settings.first.length;
  }

  get bytes(): number {
    return this.taken;
  }

  output(data: Uint8Array): boolean {
    if (this.failed || this.closing) return true;
    this.taken += data.length;
    const milliseconds = this.elapsed();
    for (let rest = data; rest.length > 0; ) {
      const block = this.open();
      rest = rest.subarray(block.addOutput(milliseconds, rest));
      if (block.isFull) this.hand(block);
    }
    if (this.waiting.length * BLOCK_BYTES < PAUSE_AT) return true;
    this.pausedSource = true;
    return false;
  }

  resize(columns: number, rows: number): void {
    if (this.failed || this.closing) return;
    const block = this.open();
    block.addResize(this.elapsed(), columns, rows);
    if (block.isFull) this.hand(block);
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private elapsed(): number {
    return Math.max(0, Math.round(performance.now() - this.started));
  }

  /** The block to add to; from its first byte on it reaches the disk within the time promised. */
  private open(): FrameBlock {
    this.filling ??= takeBlock();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.filling) this.hand(this.filling);
      this.enqueue(async () => {
        await this.writeWaiting();
        await this.handle.datasync();
        await this.settings.checkRoom();
      });
    }, SYNC_EVERY_MS);
    return this.filling;
  }

  private hand(block: FrameBlock): void {
    this.filling = undefined;
    this.waiting.push(block);
    if (this.writeQueued) return;
    this.writeQueued = true;
    this.enqueue(() => this.writeWaiting());
  }

  /** One piece of disk work after the other; the first failure ends the recording. */
  private enqueue(step: () => Promise<void>): void {
    this.work = this.work.then(async () => {
      if (this.failed) return;
      try {
        await step();
      } catch (cause) {
        await this.fail(cause);
      }
    });
  }

  private async writeWaiting(): Promise<void> {
    this.writeQueued = false;
    for (let block = this.waiting[0]; block; block = this.waiting[0]) {
      if (this.segmentLength + block.length > SEGMENT_BYTES) await this.nextSegment();
      const place = { location: this.location, segment: this.segment, block: this.block };
      this.block += 1;
      await this.append(sealBlock(this.settings.dataKey, place, block.contents()));
      this.waiting.shift();
      giveBack(block);
      if (this.pausedSource && this.waiting.length * BLOCK_BYTES <= RESUME_AT) {
        this.pausedSource = false;
        this.settings.events.onDrain();
      }
    }
  }

  /** A write to a full disk may take only a part, so it goes on until all is taken or the disk says no. */
  private async append(pieces: Buffer[]): Promise<void> {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    let rest = pieces;
    let position = this.segmentLength;
    while (rest.length > 0) {
      const { bytesWritten } = await this.handle.writev(rest, position);
      position += bytesWritten;
      rest = after(rest, bytesWritten);
    }
    this.segmentLength += length;
  }

  private async nextSegment(): Promise<void> {
    const { directory, dataKey, wrappingKey, location } = this.settings;
    await this.handle.datasync();
    await this.handle.close();
    this.segment += 1;
    this.block = 0;
    this.segmentLength = 0;
    this.handle = await open(join(directory, segmentName(this.segment)), 'wx', 0o600);
    await this.append([segmentHeader(wrappingKey, dataKey, location)]);
    await syncDirectory(directory);
  }

  private async finish(): Promise<void> {
    clearTimeout(this.timer);
    const last = this.filling ?? takeBlock();
    last.addEnd(this.elapsed());
    this.hand(last);
    this.enqueue(async () => {
      await this.writeWaiting();
      await this.handle.datasync();
      await this.handle.close();
    });
    await this.work;
  }

  private async fail(cause: unknown): Promise<void> {
    this.failed = true;
    clearTimeout(this.timer);
    this.filling = undefined;
    this.waiting = [];
    // What was written whole stays readable; the cut-off block would only look like damage.
    await this.handle.truncate(this.segmentLength).catch(() => undefined);
    await this.handle.close().catch(() => undefined);
    this.settings.events.onFailure(failureSentence(cause), cause);
    if (this.pausedSource) this.settings.events.onDrain();
  }
}

function failureSentence(cause: unknown): string {
  if (cause instanceof ApplianceError) return cause.message;
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? 'The disk for recordings is full.'
    : 'The recording could not be written.';
}

function after(pieces: Buffer[], written: number): Buffer[] {
  let skip = written;
  const rest: Buffer[] = [];
  for (const piece of pieces) {
    if (skip >= piece.length) {
      skip -= piece.length;
      continue;
    }
    rest.push(skip > 0 ? piece.subarray(skip) : piece);
    skip = 0;
  }
  return rest;
}

/** A new file is only there after a crash once its directory is synced too. */
export async function syncDirectory(directory: string): Promise<void> {
  for (const path of [directory, dirname(directory)]) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
