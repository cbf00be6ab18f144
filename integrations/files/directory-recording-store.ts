import { type FileHandle, mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplianceError } from '../../appliance/errors.ts';
import type {
  NewRecording,
  RecordingEvents,
  RecordingFrame,
  RecordingHeader,
  RecordingReader,
  RecordingStore,
  RecordingWriter,
} from '../../appliance/sessions/recording-store.ts';
import { DirectoryRecordingWriter, segmentName, syncDirectory } from './directory-recording-writer.ts';
import {
  blockLength,
  FrameBlock,
  framesOf,
  LARGEST_BLOCK,
  newDataKey,
  openBlock,
  SEGMENT_HEADER_LENGTH,
  type SegmentFrame,
  sealBlock,
  segmentHeader,
  unwrapDataKey,
} from './recording-segment.ts';

const LOCATION = /^\d{4}-\d{2}\/[0-9a-f]{32}-\d{1,9}$/;
const FREE_SPACE_CHECK_MS = 1000;

export interface DirectoryRecordingStoreSettings {
  /** Made when missing. May be a directory that several machines share. */
  directory: string;
  /** 32 bytes, from the site key: wraps the data key of each recording. */
  wrappingKey: Uint8Array;
  /** Recordings stop while less than this is free, so that they never take the last byte from the database. */
  minimumFreeBytes?: number;
}

/** Recordings as encrypted segment files in a directory, one folder per month and recording. */
export class DirectoryRecordingStore implements RecordingStore {
  private readonly directory: string;
  private readonly wrappingKey: Uint8Array;
  private readonly minimumFreeBytes: number;
  private room: { checkedAt: number; result: Promise<void> } | undefined;

  constructor(settings: DirectoryRecordingStoreSettings) {
    this.directory = settings.directory;
    this.wrappingKey = settings.wrappingKey;
    this.minimumFreeBytes = settings.minimumFreeBytes ?? 64 * 1024 * 1024;
  }

  async create(recording: NewRecording, events: RecordingEvents): Promise<RecordingWriter> {
    await this.checkRoom();
    const location = `${recording.startedAt.toISOString().slice(0, 7)}/${recording.lsid}-${recording.instance}`;
    const directory = join(this.directory, location);
    const dataKey = newDataKey();
    let handle: FileHandle | undefined;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      handle = await open(join(directory, segmentName(0)), 'wx', 0o600);
      const { startedAt, columns, rows } = recording;
      const start = new FrameBlock(1024);
      start.addStart({ startedAt, columns, rows });
      const head = Buffer.concat([
        segmentHeader(this.wrappingKey, dataKey, location),
        ...sealBlock(dataKey, { location, segment: 0, block: 0 }, start.contents()),
      ]);
      await handle.writeFile(head);
      await handle.sync();
      await syncDirectory(directory);
      return new DirectoryRecordingWriter({
        directory,
        location,
        dataKey,
        wrappingKey: this.wrappingKey,
        first: { handle, length: head.length },
        events,
        checkRoom: () => this.checkRoom(),
      });
    } catch (cause) {
      await handle?.close();
      if (handle) await rm(directory, { recursive: true, force: true });
      throw new ApplianceError('unavailable', 'The recording of the session could not be started.', {
        cause,
      });
    }
  }

  /** Asks the file system at most once a second, however many recordings run. */
  checkRoom(): Promise<void> {
    const now = Date.now();
    if (!this.room || now - this.room.checkedAt >= FREE_SPACE_CHECK_MS) {
      this.room = { checkedAt: now, result: this.measureRoom() };
    }
    return this.room.result;
  }

  private async measureRoom(): Promise<void> {
    let free: number;
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(this.directory);
      free = bavail * bsize;
    } catch (cause) {
      throw new ApplianceError('unavailable', 'The place for recordings cannot be reached.', { cause });
    }
    if (free < this.minimumFreeBytes) {
      throw new ApplianceError('unavailable', 'The disk for recordings is full.');
    }
  }

  async open(location: string): Promise<RecordingReader> {
    if (!LOCATION.test(location)) throw notHeld();
    return { header: await this.readHeader(location), frames: () => contents(this.read(location)) };
  }

  private async readHeader(location: string): Promise<RecordingHeader> {
    for await (const frame of this.read(location)) {
      if (frame.type === 'start') return frame.start;
      break;
    }
    throw damaged();
  }

  private async *read(location: string): AsyncGenerator<SegmentFrame> {
    for (let segment = 0; ; segment++) {
      const handle = await this.openSegment(location, segment);
      if (!handle) {
        if (segment === 0) throw notHeld();
        return;
      }
      let whole: boolean;
      try {
        whole = yield* this.readSegment(handle, location, segment);
      } finally {
        await handle.close();
      }
      if (whole) continue;
      // A torn tail can only be the very end of a recording.
      const next = await this.openSegment(location, segment + 1);
      if (!next) return;
      await next.close();
      throw damaged();
    }
  }

  /** True when the segment ended with a whole block. */
  private async *readSegment(
    handle: FileHandle,
    location: string,
    segment: number,
  ): AsyncGenerator<SegmentFrame, boolean> {
    const dataKey = unwrapDataKey(
      this.wrappingKey,
      await bytesAt(handle, 0, SEGMENT_HEADER_LENGTH),
      location,
    );
    if (!dataKey) {
      if (segment === 0) throw damaged();
      return false;
    }
    let position = SEGMENT_HEADER_LENGTH;
    for (let block = 0; ; block++) {
      const head = await bytesAt(handle, position, 4);
      if (head.length === 0) return true;
      if (head.length < 4) return false;
      const length = head.readUInt32BE(0);
      // A crash of the machine can leave a hole of zeros where the last writes were.
      if (length === 0) return false;
      if (length > LARGEST_BLOCK) throw damaged();
      const sealed = await bytesAt(handle, position + 4, blockLength(length) - 4);
      if (sealed.length < blockLength(length) - 4) return false;
      const plain = openBlock(dataKey, { location, segment, block }, sealed);
      position += blockLength(length);
      if (!plain) {
        if ((await bytesAt(handle, position, 1)).length === 0) return false;
        throw damaged();
      }
      yield* framesOf(plain);
    }
  }

  private async openSegment(location: string, segment: number): Promise<FileHandle | undefined> {
    try {
      return await open(join(this.directory, location, segmentName(segment)), 'r');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new ApplianceError('unavailable', 'The recording cannot be read.', { cause });
    }
  }
}

async function* contents(frames: AsyncGenerator<SegmentFrame>): AsyncGenerator<RecordingFrame> {
  for await (const frame of frames) {
    if (frame.type === 'output' || frame.type === 'resize') yield frame;
  }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function notHeld(): ApplianceError {
  return new ApplianceError('not_found', 'The recording is not there any longer.');
}

function damaged(): ApplianceError {
  return new ApplianceError('unavailable', 'The recording is damaged and cannot be read further.');
}
