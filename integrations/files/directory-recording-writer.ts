import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ApplianceError } from '../../appliance/errors.ts';
import type { RecordingEvents, RecordingWriter } from '../../appliance/sessions/recording-store.ts';
import { endFrame, outputFrame, resizeFrame, sealBlock, segmentHeader } from './recording-segment.ts';

/** Pending bytes that start a write at once. */
const WRITE_AT = 256 * 1024;
/** Pending bytes at which the source is asked to pause, and at which it may go on. */
const PAUSE_AT = 4 * 1024 * 1024;
const RESUME_AT = 1024 * 1024;
/** Longest time output waits before it is written and synced; the port promises a second. */
const SYNC_EVERY_MS = 500;
const SEGMENT_BYTES = 64 * 1024 * 1024;

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
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private writingBytes = 0;
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
    this.add(outputFrame(this.elapsed(), data));
    if (this.pendingBytes >= WRITE_AT) this.queueWrite();
    if (this.pendingBytes + this.writingBytes < PAUSE_AT) return true;
    this.pausedSource = true;
    return false;
  }

  resize(columns: number, rows: number): void {
    if (this.failed || this.closing) return;
    this.add(resizeFrame(this.elapsed(), columns, rows));
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private elapsed(): number {
    return Math.max(0, Math.round(performance.now() - this.started));
  }

  private add(parts: Uint8Array[]): void {
    for (const part of parts) {
      this.pending.push(part);
      this.pendingBytes += part.length;
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.enqueue(async () => {
        await this.writePending();
        await this.handle.datasync();
        await this.settings.checkRoom();
      });
    }, SYNC_EVERY_MS);
  }

  private queueWrite(): void {
    if (this.writeQueued) return;
    this.writeQueued = true;
    this.enqueue(() => this.writePending());
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

  private async writePending(): Promise<void> {
    this.writeQueued = false;
    if (this.pending.length === 0) return;
    const plain = this.pending;
    this.writingBytes = this.pendingBytes;
    this.pending = [];
    this.pendingBytes = 0;
    if (this.segmentLength + this.writingBytes > SEGMENT_BYTES) await this.nextSegment();
    const place = { location: this.location, segment: this.segment, block: this.block };
    this.block += 1;
    await this.append(sealBlock(this.settings.dataKey, place, plain));
    this.writingBytes = 0;
    if (this.pausedSource && this.pendingBytes <= RESUME_AT) {
      this.pausedSource = false;
      this.settings.events.onDrain();
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
    this.enqueue(async () => {
      for (const part of endFrame(this.elapsed())) {
        this.pending.push(part);
        this.pendingBytes += part.length;
      }
      await this.writePending();
      await this.handle.datasync();
      await this.handle.close();
    });
    await this.work;
  }

  private async fail(cause: unknown): Promise<void> {
    this.failed = true;
    clearTimeout(this.timer);
    this.pending = [];
    this.pendingBytes = 0;
    this.writingBytes = 0;
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
