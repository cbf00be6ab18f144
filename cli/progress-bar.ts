const WIDTH = 30;

/** One line that redraws itself on a terminal; elsewhere a line for every new text, without the bar. */
export class ProgressBar {
  readonly #drawn = process.stderr.isTTY === true;
  #last = '';

  /** `fraction` from 0 to 1. */
  show(text: string, fraction: number, detail = ''): void {
    const filled = Math.round(Math.max(0, Math.min(1, fraction)) * WIDTH);
    if (this.#drawn) {
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      const line = `${text.padEnd(10)} ${bar} ${String(Math.floor(fraction * 100)).padStart(3)} %  ${detail}`;
      process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    } else if (text !== this.#last) process.stderr.write(`${text}\n`);
    this.#last = text;
  }

  /** Clears the line for what comes next. */
  end(): void {
    if (this.#drawn && this.#last !== '') process.stderr.write('\r\u001b[2K');
    this.#last = '';
  }
}
