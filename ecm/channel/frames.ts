/**
 * Messages between the host and a plug-in's process: JSON in UTF-8 behind its length in four bytes, big-endian. Both
 * ends refuse a longer one before any of it is kept.
 */
export const MAX_FRAME_BYTES = 1024 * 1024;
const HEADER_BYTES = 4;

export class FrameProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameProblem';
  }
}

/** Throws `FrameProblem` when the message is too long. */
export function encodeFrame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message), 'utf8');
  if (text.length > MAX_FRAME_BYTES)
    throw new FrameProblem(`A message of ${text.length} bytes is too long: at most ${MAX_FRAME_BYTES}.`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + text.length);
  frame.writeUInt32BE(text.length);
  text.copy(frame, HEADER_BYTES);
  return frame;
}

/** Puts frames together again. Never holds more than one frame. */
export class FrameReader {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private body: Buffer | undefined;
  private bodyBytes = 0;

  /** The messages that are complete with this chunk, one after the other. Throws `FrameProblem` for what is none. */
  *read(chunk: Buffer): Generator<object> {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.body === undefined ? this.readHeader(rest) : this.readBody(rest);
      if (this.body === undefined || this.bodyBytes < this.body.length) continue;
      const { body } = this;
      this.body = undefined;
      yield messageOf(body);
    }
  }

  private readHeader(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.header, this.headerBytes, 0, HEADER_BYTES - this.headerBytes);
    this.headerBytes += taken;
    if (this.headerBytes === HEADER_BYTES) {
      const length = this.header.readUInt32BE();
      if (length === 0 || length > MAX_FRAME_BYTES)
        throw new FrameProblem(`a message of ${length} bytes (1 to ${MAX_FRAME_BYTES} are allowed)`);
      this.body = Buffer.allocUnsafe(length);
      this.bodyBytes = 0;
      this.headerBytes = 0;
    }
    return chunk.subarray(taken);
  }

  private readBody(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.body!, this.bodyBytes);
    this.bodyBytes += taken;
    return chunk.subarray(taken);
  }
}

function messageOf(body: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new FrameProblem('a message that is no JSON');
  } finally {
    // It may hold a secret.
    body.fill(0);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FrameProblem('a message that is no JSON object');
  return value;
}
