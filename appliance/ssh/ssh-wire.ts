/** A string of the SSH wire: its length, then its bytes (RFC 4251 5). */
export function sshString(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function sshStrings(values: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(values.map(sshString));
}

/** Reads a buffer of the SSH wire from its start; undefined once it is shorter than it says. */
export class SshReader {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  string(): Buffer | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.#take(length);
  }

  uint32(): number | undefined {
    return this.#take(4)?.readUInt32BE(0);
  }

  /** Skips that many bytes. */
  skip(count: number): void {
    this.position += count;
  }

  between(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  #take(count: number): Buffer | undefined {
    const end = this.position + count;
    if (end > this.#bytes.length) return undefined;
    const taken = this.#bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }
}
