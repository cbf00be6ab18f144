/** The last output of a terminal, for a representative who comes back. Grows to its limit and no further. */
export class OutputHistory {
  private readonly limit: number;
  private ring: Buffer;
  /** Where the next byte goes. */
  private end = 0;
  private full = false;

  constructor(limit = 256 * 1024) {
    this.limit = limit;
    this.ring = Buffer.allocUnsafe(Math.min(limit, 4096));
  }

  push(data: Uint8Array): void {
    const tail = data.length > this.limit ? data.subarray(data.length - this.limit) : data;
    if (!this.full) this.grow(this.end + tail.length);
    const room = this.ring.length - this.end;
    if (tail.length < room) {
      this.ring.set(tail, this.end);
      this.end += tail.length;
      return;
    }
    this.ring.set(tail.subarray(0, room), this.end);
    this.ring.set(tail.subarray(room), 0);
    this.end = tail.length - room;
    this.full = true;
  }

  /** A copy, oldest byte first. What was cut off begins at a line, so that no half of an escape sequence is left. */
  contents(): Buffer {
    if (!this.full) return Buffer.from(this.ring.subarray(0, this.end));
    const whole = Buffer.concat([this.ring.subarray(this.end), this.ring.subarray(0, this.end)]);
    const line = whole.indexOf(0x0a);
    return line >= 0 && line < whole.length / 2 ? whole.subarray(line + 1) : whole;
  }

  private grow(needed: number): void {
    if (needed < this.ring.length || this.ring.length === this.limit) return;
    let size = this.ring.length;
    while (size <= needed && size < this.limit) size *= 2;
    const larger = Buffer.allocUnsafe(Math.min(size, this.limit));
    this.ring.copy(larger, 0, 0, this.end);
    this.ring = larger;
  }
}
