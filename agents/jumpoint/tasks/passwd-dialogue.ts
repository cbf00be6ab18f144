/** What `passwd` (or a host that insists on a new password) wants to read; `again` is the new one once more. */
export type PasswdPrompt = 'current' | 'new' | 'again';

export type PasswdStep =
  /** Nothing is wanted yet. */
  | { do: 'wait' }
  | { do: 'answer'; prompt: PasswdPrompt }
  /** It will not take the new password, or wants something nobody can answer. */
  | { do: 'give-up'; reason: 'refused' | 'not-understood' };

const AGAIN = /re-?\s?type|re-?\s?enter|again|repeat|confirm|verify|once more|twice/i;
const NEW = /\bnew\b/i;
const CURRENT = /current|existing|present|\bold\b/i;
const LOOKS_LIKE_A_QUESTION = /[:：?]\s*$/;
/** The prompt of a shell names an account at a host, or a place. */
const LOOKS_LIKE_A_SHELL = /[$#>%]\s*$|^\S+@\S+/;
const BY_PLACE: readonly PasswdPrompt[] = ['current', 'new', 'again'];

/**
 * Leads a conversation with `passwd` without depending on the words of one system: what stands after the last line break
 * and looks like a question is one; English prompts are told by their words, others by their place (first the current
 * password, then the new one twice). Being asked the same thing a second time means that the answer was not taken.
 */
export class PasswdDialogue {
  private text = '';
  private readonly answered: PasswdPrompt[] = [];
  private readonly said: string[] = [];

  output(text: string): void {
    this.text += text.replace(/\r+\n?/g, '\n');
    const lines = this.text.split('\n');
    this.text = lines.pop() ?? '';
    this.said.push(...lines);
  }

  /** What to do about what stands there. `quiet`: nothing came for so long that it is a question if it can be one. */
  next(quiet: boolean): PasswdStep {
    const prompt = this.text.trim();
    if (prompt === '' || !(quiet || LOOKS_LIKE_A_QUESTION.test(prompt))) return { do: 'wait' };
    if (/^bad password/i.test(prompt)) return { do: 'wait' };
    const kind = this.kindOf(prompt);
    if (kind === undefined) return { do: 'give-up', reason: 'not-understood' };
    if (this.answered.includes(kind)) return { do: 'give-up', reason: 'refused' };
    return { do: 'answer', prompt: kind };
  }

  /** The answer to what stands there was sent. */
  wasAnswered(prompt: PasswdPrompt): void {
    this.answered.push(prompt);
    this.text = '';
  }

  /** The new password was sent twice: from here on it may hold. */
  get mayHaveChanged(): boolean {
    return this.answered.includes('again');
  }

  get asked(): boolean {
    return this.answered.length > 0;
  }

  /** What was said apart from questions, in one line. */
  remarks(): string {
    const rest = this.kindOf(this.text.trim()) === undefined ? [this.text] : [];
    return [...this.said, ...rest]
      .map((line) => line.trim())
      .filter((line) => line !== '' && !/^\*+$/.test(line))
      .join(' ')
      .slice(0, 1000);
  }

  private kindOf(prompt: string): PasswdPrompt | undefined {
    if (AGAIN.test(prompt)) return 'again';
    if (NEW.test(prompt)) return 'new';
    if (CURRENT.test(prompt)) return 'current';
    if (LOOKS_LIKE_A_SHELL.test(prompt) || !LOOKS_LIKE_A_QUESTION.test(prompt)) return undefined;
    return BY_PLACE[this.answered.length];
  }
}
