const MASK = '[secret]';
/** Masking shorter texts would hide nothing and garble every line. */
const SHORTEST = 4;
/** A line of a key or another long text. */
const SHORTEST_LINE = 8;
/** Secrets of one process that are known at the same time, beside those of its settings. */
const MOST_GIVEN = 200;

/**
 * Takes the secrets of one plug-in out of what it says: as they are, as JSON, URL or base64 would write them, and lines
 * of a long one by themselves. It cannot know a secret that the plug-in changed in another way.
 */
export class SecretMask {
  /** The newest last. */
  private readonly known = new Map<string, { forms: string[]; lasting: boolean }>();
  private forms: string[] | undefined;

  /** For as long as this mask lives. */
  addLasting(secret: string): void {
    this.add(secret, true);
  }

  /** Until more than a good number of others came after it. */
  addGiven(secret: string): void {
    this.add(secret, false);
    const given = [...this.known].filter(([, { lasting }]) => !lasting);
    for (const [text] of given.slice(0, Math.max(0, given.length - MOST_GIVEN))) this.known.delete(text);
  }

  forget(secret: string): void {
    if (this.known.get(secret)?.lasting !== false) return;
    this.known.delete(secret);
    this.forms = undefined;
  }

  /** `cut`: the text ends in the middle of something, so the beginning of a secret at its end is taken away too. */
  mask(text: string, cut = false): string {
    const forms = this.allForms();
    let masked = text;
    for (const form of forms) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
    return cut ? withoutBegunSecret(masked, forms) : masked;
  }

  private add(secret: string, lasting: boolean): void {
    if (secret.length < SHORTEST) return;
    const before = this.known.get(secret);
    this.known.delete(secret);
    this.known.set(secret, {
      forms: before?.forms ?? formsOf(secret),
      lasting: lasting || (before?.lasting ?? false),
    });
    this.forms = undefined;
  }

  /** Longest first, so that a secret within another leaves nothing of the longer one. */
  private allForms(): string[] {
    this.forms ??= [...new Set([...this.known.values()].flatMap(({ forms }) => forms))].sort(
      (a, b) => b.length - a.length,
    );
    return this.forms;
  }
}

function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [
    secret,
    ...(lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : []),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret, 'utf8').toString('base64'),
    Buffer.from(secret, 'utf8').toString('base64url'),
  ];
}

function withoutBegunSecret(text: string, forms: readonly string[]): string {
  let end = text.length;
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length >= SHORTEST; length -= 1) {
      if (!text.endsWith(form.slice(0, length))) continue;
      end = Math.min(end, text.length - length);
      break;
    }
  }
  return text.slice(0, end);
}
