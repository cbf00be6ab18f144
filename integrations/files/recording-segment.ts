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

/** The pieces of a block, ready to be written one after the other; the frames' bytes are encrypted without a copy first. */
export function sealBlock(
  dataKey: Uint8Array,
  place: { location: string; segment: number; block: number },
  plain: Uint8Array[],
): Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', dataKey, blockNonce(place.segment, place.block));
  cipher.setAAD(blockContext(place.location, place.segment, place.block));
  const length = Buffer.alloc(4);
  const pieces = [length];
  let total = 0;
  for (const part of plain) {
    if (part.length === 0) continue;
    const sealed = cipher.update(part);
    total += sealed.length;
    pieces.push(sealed);
  }
  cipher.final();
  pieces.push(cipher.getAuthTag());
  length.writeUInt32BE(total, 0);
  return pieces;
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

function frameHeader(kind: number, milliseconds: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER);
  header[0] = kind;
  header.writeUInt32BE(milliseconds, 1);
  header.writeUInt32BE(length, 5);
  return header;
}

export function startFrame(start: RecordingStart): Buffer[] {
  const body = Buffer.from(JSON.stringify({ ...start, startedAt: start.startedAt.toISOString() }));
  return [frameHeader(START, 0, body.length), body];
}

export function outputFrame(milliseconds: number, data: Uint8Array): Uint8Array[] {
  return [frameHeader(OUTPUT, milliseconds, data.length), data];
}

export function resizeFrame(milliseconds: number, columns: number, rows: number): Buffer[] {
  const body = Buffer.alloc(4);
  body.writeUInt16BE(columns, 0);
  body.writeUInt16BE(rows, 2);
  return [frameHeader(RESIZE, milliseconds, body.length), body];
}

export function endFrame(milliseconds: number): Buffer[] {
  return [frameHeader(END, milliseconds, 0)];
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
