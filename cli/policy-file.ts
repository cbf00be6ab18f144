import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { components } from '../api/generated/openapi.ts';

type Expectation = components['schemas']['PolicyExpectation'];
type Change = components['schemas']['AccessChange'];

/** An expectation and where it stands. */
export interface FiledExpectation {
  line: number;
  expectation: Expectation;
}

export interface PolicyFile {
  expectations: FiledExpectation[];
  whatIf: Change[];
}

/** Something a file says that makes no sense; `message` begins with `FILE:LINE:`. */
export class PolicyFileProblem extends Error {}

const EXPECTATION_FIELDS = [
  'name',
  'user',
  'action',
  'jump_item',
  'jump_group',
  'ad_hoc',
  'destination',
  'right',
  'operation_id',
  'at',
  'start_method',
  'customer_present',
  'public_portal_id',
  'override_schedule',
  'ticket_id',
  'expect',
  'reason',
  'session_permissions',
] as const;
/** What an answer can give as its reason. */
const REASONS: readonly unknown[] = [
  'allowed',
  'account_disabled',
  'jump_item_not_visible',
  'support_not_allowed',
  'method_not_allowed',
  'jumpoint_membership',
  'jumpoint_disabled',
  'jumpoint_shell_jump',
  'jumpoint_provisioned',
  'jump_item_role',
  'jump_policy_schedule',
  'two_factor_required',
  'ticket_id_required',
  'session_permissions',
  'simultaneous_jumps',
  'right',
  'operation',
];
const FILE_FIELDS = ['defaults', 'what_if', 'expectations'] as const;

/** What a plain word or number stands for where an object may be given. */
const SHORTHANDS: Record<string, { text: string; number: string }> = {
  user: { text: 'username', number: 'id' },
  jump_item: { text: 'name', number: 'id' },
  jump_group: { text: 'code_name', number: 'id' },
  destination: { text: 'code_name', number: 'id' },
};

/** Reads expectations. Throws every problem of the file in one `PolicyFileProblem`, a line for each. */
export function readPolicyFile(name: string, text: string): PolicyFile {
  return new PolicyFileReader(name, text).read();
}

/** Reads changes that are not saved: a list, or a mapping with `what_if`. */
export function readChangesFile(name: string, text: string): Change[] {
  return new PolicyFileReader(name, text).readChanges();
}

class PolicyFileReader {
  readonly #name: string;
  readonly #lines = new LineCounter();
  readonly #root: Node | null;
  readonly #problems: string[] = [];

  constructor(name: string, text: string) {
    this.#name = name;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    for (const { message, pos } of document.errors) this.#problem(pos[0], message);
    this.#root = document.contents as Node | null;
    this.#end();
  }

  read(): PolicyFile {
    const root = this.#root;
    const map = isMap(root) ? root : undefined;
    if (map !== undefined) this.#checkFields(map, FILE_FIELDS);
    const defaults = map?.get('defaults', true);
    if (defaults !== undefined && !isMap(defaults))
      this.#problem(offsetOf(defaults), 'defaults is a mapping.');
    if (isMap(defaults)) this.#checkFields(defaults, EXPECTATION_FIELDS);
    const list = map === undefined ? root : (map.get('expectations', true) as Node | undefined);
    if (!isSeq(list)) {
      this.#problem(
        offsetOf(list ?? root),
        'Expected a list of expectations, or a mapping with expectations.',
      );
      return this.#end({ expectations: [], whatIf: [] });
    }
    const common = isMap(defaults) ? (defaults.toJSON() as Record<string, unknown>) : {};
    const expectations = list.items.flatMap((item, index) => this.#expectation(item as Node, common, index));
    if (list.items.length === 0) this.#problem(offsetOf(list), 'There are no expectations.');
    return this.#end({ expectations, whatIf: this.#changes(map?.get('what_if', true) as Node | undefined) });
  }

  readChanges(): Change[] {
    const list = isMap(this.#root) ? (this.#root.get('what_if', true) as Node | undefined) : this.#root;
    if (!isSeq(list)) this.#problem(offsetOf(list ?? this.#root), 'Expected a list of changes, or what_if.');
    return this.#end(this.#changes(list ?? undefined));
  }

  #changes(list: Node | undefined): Change[] {
    if (list === undefined) return [];
    if (!isSeq(list)) {
      this.#problem(offsetOf(list), 'what_if is a list of changes.');
      return [];
    }
    for (const item of list.items) {
      if (!isMap(item) || !item.has('change'))
        this.#problem(offsetOf(item), 'A change is a mapping with change.');
    }
    return list.toJSON() as Change[];
  }

  #expectation(item: Node, common: Record<string, unknown>, index: number): FiledExpectation[] {
    const offset = offsetOf(item);
    if (!isMap(item)) {
      this.#problem(offset, 'An expectation is a mapping with user, jump_item or jump_group, and expect.');
      return [];
    }
    this.#checkFields(item, EXPECTATION_FIELDS);
    const fields: Record<string, unknown> = { ...common, ...(item.toJSON() as object) };
    for (const [field, { text, number }] of Object.entries(SHORTHANDS)) {
      const value = fields[field];
      if (typeof value === 'string') fields[field] = { [text]: value };
      if (typeof value === 'number') fields[field] = { [number]: value };
    }
    fields.name ??= `Expectation ${index + 1}`;
    if (fields.user === undefined) this.#problem(offset, 'user is missing.');
    if (fields.expect !== 'allow' && fields.expect !== 'deny')
      this.#problem(this.#offsetOfField(item, 'expect'), 'expect is allow or deny.');
    const { reason } = fields;
    if (reason !== undefined && !REASONS.includes(reason)) {
      const known = `Known are: ${REASONS.join(', ')}.`;
      this.#problem(this.#offsetOfField(item, 'reason'), `There is no reason ${reason}. ${known}`);
    }
    if (fields.at !== undefined) fields.at = this.#moment(item, fields.at);
    return [{ line: this.#lineAt(offset), expectation: fields as unknown as Expectation }];
  }

  /** The API takes UTC alone; files may say any offset. */
  #moment(item: YAMLMap, at: unknown): string | undefined {
    const written =
      typeof at === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/i.test(at);
    if (written && !Number.isNaN(Date.parse(at))) return new Date(at).toISOString();
    this.#problem(
      this.#offsetOfField(item, 'at'),
      'at is a date and time with its offset, such as 2026-03-02T22:30:00+01:00.',
    );
    return undefined;
  }

  #checkFields(map: YAMLMap, known: readonly string[]): void {
    for (const pair of map.items) {
      const key = isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : '';
      if (!known.includes(key))
        this.#problem(offsetOf(pair.key), `There is no field ${key}. Known are: ${known.join(', ')}.`);
    }
  }

  #offsetOfField(map: YAMLMap, field: string): number {
    return offsetOf(map.get(field, true) ?? map);
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }

  #problem(offset: number, message: string): void {
    this.#problems.push(`${this.#name}:${this.#lineAt(offset)}: ${message.split('\n', 1)[0]}`);
  }

  #end<T>(value?: T): T {
    if (this.#problems.length > 0) throw new PolicyFileProblem(this.#problems.join('\n'));
    return value as T;
  }
}

function offsetOf(node: unknown): number {
  return (node as { range?: [number, number, number] | null } | null | undefined)?.range?.[0] ?? 0;
}
