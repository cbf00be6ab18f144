/** One element of DER (X.690), as far as Kerberos and SPNEGO use it: one-byte tags, definite lengths. */
export interface DerElement {
  tag: number;
  content: Buffer;
}

/** Says nothing but that the bytes are no DER; whoever reads knows what was expected. */
export class DerError extends Error {}

/** Walks through neighbouring elements. Never reads beyond its bytes. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** What follows the elements read so far. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  next(): DerElement {
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes');
    const length = this.#length();
    if (length > this.#bytes.length - this.#at) throw new DerError('an element longer than its container');
    const content = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return { tag, content };
  }

  /** The next element, which has this tag. */
  expect(tag: number): DerReader {
    const element = this.next();
    if (element.tag !== tag) throw new DerError(`tag ${element.tag} instead of ${tag}`);
    return new DerReader(element.content);
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError('a length that is not definite or too long');
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError('the end came early');
    this.#at += 1;
    return byte;
  }
}

/** The members of a sequence whose members are tagged [0], [1] and so on, by that number. */
export function membersOf(sequence: DerReader): Map<number, DerReader> {
  const members = new Map<number, DerReader>();
  while (!sequence.isAtEnd) {
    const { tag, content } = sequence.next();
    if ((tag & 0xe0) !== 0xa0) throw new DerError(`tag ${tag} within a sequence of tagged members`);
    members.set(tag & 0x1f, new DerReader(content));
  }
  return members;
}
