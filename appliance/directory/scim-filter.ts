import { scimProblem } from './scim-problem.ts';

export const SCIM_COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type ScimComparison = (typeof SCIM_COMPARISONS)[number];
export type ScimLiteral = string | number | boolean | null;

/** A filter of RFC 7644, section 3.4.2.2, with attribute paths as they were written. */
export type ScimFilter =
  | { op: ScimComparison; path: string; value: ScimLiteral }
  | { op: 'pr'; path: string }
  | { op: 'and' | 'or'; filters: ScimFilter[] }
  | { op: 'not'; filter: ScimFilter }
  /** One value of a multi-valued attribute fulfils the filter. */
  | { op: 'value'; path: string; filter: ScimFilter };

/** A path of PATCH: an attribute, perhaps a choice among its values, perhaps a sub-attribute of those. */
export interface ScimPatchPath {
  path: string;
  filter: ScimFilter | undefined;
  subAttribute: string | undefined;
}

const LONGEST_FILTER = 8192;
const DEEPEST = 40;
const MOST_COMPARISONS = 200;

type Token =
  | { kind: 'word'; text: string; at: number }
  | { kind: 'value'; value: ScimLiteral; at: number }
  | { kind: '(' | ')' | '[' | ']'; at: number }
  | { kind: 'end'; at: number };

const WORD = /[A-Za-z$][\w$.:-]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/suy;

/**
 * Reads a filter. Operators and the words true, false and null are read in any case. Fails with `invalid` (scimType
 * `invalidFilter`) saying at which character.
 */
export function parseScimFilter(text: string): ScimFilter {
  const reader = new FilterReader(text, 'invalidFilter');
  const filter = reader.disjunction(0);
  reader.expectEnd();
  return filter;
}

/** Reads a path of PATCH, RFC 7644, figure 7. Fails with `invalid` (scimType `invalidPath`). */
export function parseScimPath(text: string): ScimPatchPath {
  const reader = new FilterReader(text.trim(), 'invalidPath');
  return reader.patchPath();
}

class FilterReader {
  readonly #tokens: Token[];
  readonly #scimType: 'invalidFilter' | 'invalidPath';
  #next = 0;
  #comparisons = 0;

  constructor(text: string, scimType: 'invalidFilter' | 'invalidPath') {
    this.#scimType = scimType;
    if (text.length > LONGEST_FILTER) {
      throw scimProblem(scimType, `A filter has at most ${LONGEST_FILTER} characters.`);
    }
    this.#tokens = [...tokensOf(text, scimType)];
  }

  disjunction(depth: number): ScimFilter {
    return this.#joined('or', () => this.#joined('and', () => this.#term(depth)));
  }

  expectEnd(): void {
    if (this.#peek().kind === 'end') return;
    this.#refuse(this.#scimType === 'invalidFilter' ? 'and, or, or the end' : 'the end');
  }

  patchPath(): ScimPatchPath {
    const word = this.#take('word');
    if (word === undefined) this.#refuse('the name of an attribute');
    if (this.#take('[') === undefined) {
      if (this.#peek().kind !== 'end') this.#refuse('the end or a filter in brackets');
      return { path: word!.text, filter: undefined, subAttribute: undefined };
    }
    const filter = this.disjunction(1);
    if (this.#take(']') === undefined) this.#refuse('a closing bracket');
    const next = this.#peek();
    const sub = next.kind === 'word' && next.text.startsWith('.') ? next.text.slice(1) : undefined;
    if (sub !== undefined) this.#next += 1;
    this.expectEnd();
    return { path: word!.text, filter, subAttribute: sub };
  }

  #joined(op: 'and' | 'or', part: () => ScimFilter): ScimFilter {
    const filters = [part()];
    while (this.#takeWord(op)) filters.push(part());
    return filters.length === 1 ? filters[0]! : { op, filters };
  }

  #term(depth: number): ScimFilter {
    if (depth > DEEPEST) throw scimProblem(this.#scimType, 'The filter is nested too deeply.');
    if (this.#take('(') !== undefined) {
      const inner = this.disjunction(depth + 1);
      if (this.#take(')') === undefined) this.#refuse('a closing parenthesis');
      return inner;
    }
    const word = this.#take('word');
    if (word === undefined) this.#refuse('the name of an attribute, not, or a parenthesis');
    if (word!.text.toLowerCase() === 'not' && this.#peek().kind === '(') {
      return { op: 'not', filter: this.#term(depth + 1) };
    }
    return this.#comparison(word!.text, depth);
  }

  #comparison(path: string, depth: number): ScimFilter {
    this.#comparisons += 1;
    if (this.#comparisons > MOST_COMPARISONS) {
      throw scimProblem(this.#scimType, `A filter has at most ${MOST_COMPARISONS} comparisons.`);
    }
    if (this.#take('[') !== undefined) return this.#valuePath(path, depth);
    if (this.#takeWord('pr')) return { op: 'pr', path };
    const word = this.#peek();
    const name = word.kind === 'word' ? word.text.toLowerCase() : '';
    const op = SCIM_COMPARISONS.find((known) => known === name);
    if (op === undefined) this.#refuse(`one of ${SCIM_COMPARISONS.join(', ')}, pr`);
    this.#next += 1;
    return { op: op!, path, value: this.#literal() };
  }

  /** `emails[type eq "work"].value co "x"` asks both of the same value. */
  #valuePath(path: string, depth: number): ScimFilter {
    const filter = this.disjunction(depth + 1);
    if (this.#take(']') === undefined) this.#refuse('a closing bracket');
    const next = this.#peek();
    if (next.kind !== 'word' || !next.text.startsWith('.')) return { op: 'value', path, filter };
    this.#next += 1;
    const further = this.#comparison(next.text.slice(1), depth + 1);
    return { op: 'value', path, filter: { op: 'and', filters: [filter, further] } };
  }

  #literal(): ScimLiteral {
    const value = this.#take('value');
    if (value !== undefined) return value.value;
    const word = this.#peek();
    const text = word.kind === 'word' ? word.text.toLowerCase() : '';
    if (text !== 'true' && text !== 'false' && text !== 'null') {
      this.#refuse('a value: text in quotation marks, a number, true, false or null');
    }
    this.#next += 1;
    return text === 'null' ? null : text === 'true';
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take<Kind extends Token['kind']>(kind: Kind): Extract<Token, { kind: Kind }> | undefined {
    const token = this.#peek();
    if (token.kind !== kind) return undefined;
    this.#next += 1;
    return token as Extract<Token, { kind: Kind }>;
  }

  #takeWord(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'word' || token.text.toLowerCase() !== text) return false;
    this.#next += 1;
    return true;
  }

  #refuse(expected: string): never {
    throw scimProblem(this.#scimType, `At character ${this.#peek().at + 1} there should be ${expected}.`);
  }
}

function* tokensOf(text: string, scimType: 'invalidFilter' | 'invalidPath'): Generator<Token> {
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const character = text[at]!;
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    if ('()[]'.includes(character)) {
      yield { kind: character as '(', at };
      at += 1;
      // The sub-attribute of what a filter in brackets chose follows without a blank.
      if (character === ']' && text[at] === '.') {
        const start = at;
        at += 1;
        const name = match(WORD);
        if (name === undefined) throw unreadable(text, at, scimType);
        at += name.length;
        yield { kind: 'word', text: `.${name}`, at: start };
      }
      continue;
    }
    const start = at;
    const quoted = character === '"' ? match(QUOTED) : undefined;
    const number = quoted === undefined ? match(NUMBER) : undefined;
    const word = quoted === undefined && number === undefined ? match(WORD) : undefined;
    const found = quoted ?? number ?? word;
    if (found === undefined) throw unreadable(text, at, scimType);
    at += found.length;
    if (word !== undefined) yield { kind: 'word', text: word, at: start };
    else {
      const value = quoted === undefined ? Number(number) : textOf(quoted);
      if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
        throw scimProblem(scimType, `The text at character ${start + 1} holds what no attribute can.`);
      }
      yield { kind: 'value', value, at: start };
    }
  }
  yield { kind: 'end', at };
}

/**
 * A JSON string. Directories that do not escape the backslash of `DOMAIN\user` mean it as it stands: what is no JSON
 * is taken literally, but for the escaped quotation mark.
 */
function textOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1).replaceAll('\\"', '"');
  }
}

function unreadable(text: string, at: number, scimType: 'invalidFilter' | 'invalidPath') {
  const what = text[at] === '"' ? 'text without a closing quotation mark' : `a ${JSON.stringify(text[at])}`;
  return scimProblem(scimType, `At character ${at + 1} there is ${what}.`);
}
