import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { RecordingFrame } from '../../appliance/sessions/recording-store.ts';

/*
 * A recording is a row of segment files. A segment is
 *
 *   magic (8) · wrapped data key (12 nonce, 32 key, 16 tag) · blocks
 *   block = length of the ciphertext (4, big endian) · ciphertext · tag (16)
 *
 * Blocks are AES-256-GCM under the recording's data key; the nonce is (segment number, block number), the associated data
 * also names the recording, so that blocks cannot be reordered or moved to another recording. Inside a block are frames:
 *
 *   kind (1) · milliseconds since the start (4) · length (4) · bytes
 */
const MAGIC = Buffer.from('BHREC\0\x01\n', 'latin1');
const NONCE = 12;
const KEY = 32;
const TAG = 16;
export const SEGMENT_HEADER_LENGTH = MAGIC.length + NONCE + KEY + TAG;
const FRAME_HEADER = 9;
/** No writer makes larger blocks; a larger length on disk is damage. */
export const LARGEST_BLOCK = 8 * 1024 * 1024;

const START = 0;
const OUTPUT = 1;
const RESIZE = 2;
const END = 3;

export interface RecordingStart {
  startedAt: Date;
  columns: number;
  rows: number;
}

export type SegmentFrame = RecordingFrame | { type: 'start'; start: RecordingStart } | { type: 'end' };

export function newDataKey(): Buffer {
  return randomBytes(KEY);
}

export function segmentHeader(wrappingKey: Uint8Array, dataKey: Uint8Array, location: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(Buffer.from(location));
  return Buffer.concat([MAGIC, nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
}

/** The data key of a segment, or undefined when the header is not one of ours, cut short or made with another site key. */
export function unwrapDataKey(wrappingKey: Uint8Array, header: Buffer, location: string): Buffer | undefined {
  if (header.length < SEGMENT_HEADER_LENGTH || !header.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined;
  const nonce = header.subarray(MAGIC.length, MAGIC.length + NONCE);
  const wrapped = header.subarray(MAGIC.length + NONCE, MAGIC.length + NONCE + KEY);
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey, nonce)
    .setAAD(Buffer.from(location))
    .setAuthTag(header.subarray(SEGMENT_HEADER_LENGTH - TAG, SEGMENT_HEADER_LENGTH));
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    return undefined;
  }
}

function blockNonce(segment: number, block: number): Buffer {
  const nonce = Buffer.alloc(NONCE);
  nonce.writeUInt32BE(segment, 0);
  nonce.writeUInt32BE(block, 8);
  return nonce;
}

function blockContext(location: string, segment: number, block: number): Buffer {
  return Buffer.from(`${location}/${segment}/${block}`);
}

/** A block ready to be written: its pieces one after the other. */
export function sealBlock(
  dataKey: Uint8Array,
  place: { location: string; segment: number; block: number },
  plain: Uint8Array,
): Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', dataKey, blockNonce(place.segment, place.block));
  cipher.setAAD(blockContext(place.location, place.segment, place.block));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(plain.length, 0);
  const sealed = cipher.update(plain);
  cipher.final();
  return [length, sealed, cipher.getAuthTag()];
}

/** The plain bytes of a block, or undefined when it was changed or torn. */
export function openBlock(
  dataKey: Uint8Array,
  place: { location: string; segment: number; block: number },
  sealed: Buffer,
): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, blockNonce(place.segment, place.block))
    .setAAD(blockContext(place.location, place.segment, place.block))
    .setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Bytes on disk of a block around that many ciphertext bytes. */
export function blockLength(ciphertext: number): number {
  return 4 + ciphertext + TAG;
}

/** Frames gathered in one buffer, to be sealed and written together. */
export class FrameBlock {
  private readonly bytes: Buffer;
  private end = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  get length(): number {
    return this.end;
  }

  /** No room is left for another frame of any kind. */
  get isFull(): boolean {
    return this.bytes.length - this.end < 2 * FRAME_HEADER + 8;
  }

  /** Answers how many bytes fitted, at least one into a block that is not full. */
  addOutput(milliseconds: number, data: Uint8Array): number {
    // A last small frame, a resize or the end, always fits behind it.
    const fits = Math.min(data.length, this.bytes.length - this.end - 2 * FRAME_HEADER - 4);
    this.header(OUTPUT, milliseconds, fits);
    this.bytes.set(fits === data.length ? data : data.subarray(0, fits), this.end);
    this.end += fits;
    return fits;
  }

  addResize(milliseconds: number, columns: number, rows: number): void {
    this.header(RESIZE, milliseconds, 4);
    this.bytes.writeUInt16BE(columns, this.end);
    this.bytes.writeUInt16BE(rows, this.end + 2);
    this.end += 4;
  }

  addStart(start: RecordingStart): void {
    const body = Buffer.from(JSON.stringify({ ...start, startedAt: start.startedAt.toISOString() }));
    this.header(START, 0, body.length);
    this.bytes.set(body, this.end);
    this.end += body.length;
  }

  addEnd(milliseconds: number): void {
    this.header(END, milliseconds, 0);
  }

  contents(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  clear(): void {
    this.end = 0;
  }

  private header(kind: number, milliseconds: number, length: number): void {
    this.bytes[this.end] = kind;
    this.bytes.writeUInt32BE(milliseconds, this.end + 1);
    this.bytes.writeUInt32BE(length, this.end + 5);
    this.end += FRAME_HEADER;
  }
}

export function* framesOf(plain: Buffer): Generator<SegmentFrame> {
  let at = 0;
  while (at + FRAME_HEADER <= plain.length) {
    const kind = plain[at];
    const milliseconds = plain.readUInt32BE(at + 1);
    const length = plain.readUInt32BE(at + 5);
    const body = plain.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length);
    at += FRAME_HEADER + length;
    if (kind === OUTPUT) yield { type: 'output', milliseconds, data: body };
    else if (kind === RESIZE)
      yield { type: 'resize', milliseconds, columns: body.readUInt16BE(0), rows: body.readUInt16BE(2) };
    else if (kind === START) yield { type: 'start', start: readStart(body) };
    else if (kind === END) yield { type: 'end' };
  }
}

function readStart(body: Buffer): RecordingStart {
  const { startedAt, columns, rows } = JSON.parse(body.toString('utf8')) as {
    startedAt: string;
    columns: number;
    rows: number;
  };
  return { startedAt: new Date(startedAt), columns, rows };
}
