const TILDE = 0x7e;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
const LINE_ENDS = new Set([0x0d, 0x0a]);

export type Escape = 'disconnect' | 'help';

/** Finds `~.` and `~?` at the beginning of a line, as ssh has them; `~~` there is one tilde for the remote side. */
export class EscapeFilter {
  #atLineStart = true;
  #afterTilde = false;

  /** What goes to the remote side, and the escape that was typed, if any. */
  pass(bytes: Buffer): { bytes: Buffer; escaped: Escape | undefined } {
    const out: number[] = [];
    let typed: Escape | undefined;
    for (const byte of bytes) {
      if (this.#afterTilde) {
        this.#afterTilde = false;
        if (byte === DOT) typed = 'disconnect';
        else if (byte === QUESTION_MARK) typed ??= 'help';
        else if (byte === TILDE) out.push(TILDE);
        else out.push(TILDE, byte);
        this.#atLineStart = LINE_ENDS.has(byte);
      } else if (this.#atLineStart && byte === TILDE) this.#afterTilde = true;
      else {
        out.push(byte);
        this.#atLineStart = LINE_ENDS.has(byte);
      }
    }
    return { bytes: Buffer.from(out), escaped: typed };
  }
}
