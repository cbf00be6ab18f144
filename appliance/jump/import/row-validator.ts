import { ApplianceError } from '../../errors.ts';
import { type FieldValue, JUMP_ITEM_KINDS, type MadeJumpItemKind } from '../jump-item.ts';
import { KINDS, type KindField } from '../jump-item-kinds.ts';
import { newJumpItem, problemOf } from '../jump-item-rules.ts';
import { columnOf, FIELDS_BY_COLUMN, KIND_BY_HOST_COLUMN, kindNamed } from './import-columns.ts';
import type { ImportOptions } from './import-job.ts';
import type { ReferenceData } from './import-ports.ts';
import { type ImportProblem, importProblem } from './import-problem.ts';
import type { ImportRow } from './import-row.ts';

/** A cell of a row: its column, the heading the file gives that, and the text. */
export interface GivenCell {
  column: string;
  heading: string;
  value: string;
}

/** Import's own limit; the REST resource allows 64. */
const TAG_LENGTH = 1024;
const COMMENTS_LENGTH = 1024;
const NAME_LENGTH = 128;
const EXTERNAL_ID_LENGTH = 255;
const MAX_ID = 2_147_483_647;
const CODE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const YES = new Set(['1', 'true', 'yes', 'y', 'on']);
const NO = new Set(['0', 'false', 'no', 'n', 'off']);

const SESSION_POLICY = 'session policy for Jump Items with the code name';

/** Checks rows against the kinds of Jump Item and the names the site knows. */
export class RowValidator {
  readonly #references: ReferenceData;
  readonly #createGroups: boolean;
  /** The kind of rows that do not tell theirs: the one chosen, or that of the only host column in the file. */
  readonly #otherwise: MadeJumpItemKind | undefined;

  /** `columns` are those of the file's header; empty when every row brings its own. */
  constructor(
    references: ReferenceData,
    options: Pick<ImportOptions, 'createGroups' | 'kind'>,
    columns: readonly string[],
  ) {
    this.#references = references;
    this.#createGroups = options.createGroups;
    const kinds = columns.flatMap((column) => KIND_BY_HOST_COLUMN.get(column) ?? []);
    const tells = columns.includes('type') || columns.includes('hostname');
    this.#otherwise = options.kind ?? (kinds.length === 1 && !tells ? kinds[0] : undefined);
  }

  validate(line: number, cells: readonly GivenCell[]): ImportRow | ImportProblem[] {
    const row = new RowUnderCheck(line, cells);
    for (const { heading, value } of cells) {
      if (value.includes('\0')) row.refuse(heading, value, 'This contains a NUL character.');
      else if (!value.isWellFormed()) row.refuse(heading, value, 'This is not valid text.');
    }
    const kind = this.#kindOf(row);
    if (kind === undefined) return row.problems;
    const result = this.#rowOf(row, kind);
    return row.problems.length > 0 ? row.problems : result;
  }

  #kindOf(row: RowUnderCheck): MadeJumpItemKind | undefined {
    const type = row.text('type');
    const hosts = row.cells.filter(
      ({ column, value }) => KIND_BY_HOST_COLUMN.has(column) && value.trim() !== '',
    );
    if (type !== undefined && type !== '') {
      const kind = kindNamed(type);
      if (kind === undefined)
        row.refuse('type', type, `There is no type "${type}". It is one of ${JUMP_ITEM_KINDS.join(', ')}.`);
      return kind;
    }
    if (hosts.length === 1) return KIND_BY_HOST_COLUMN.get(hosts[0]!.column);
    if (hosts.length > 1) {
      const named = hosts.map(({ heading }) => heading).join(' and ');
      row.refuse(hosts[1]!.heading, hosts[1]!.value, `${named} are both filled in; a row is one Jump Item.`);
      return undefined;
    }
    if (this.#otherwise !== undefined) return this.#otherwise;
    row.refuse(
      '',
      '',
      'The type of this row is not clear: fill in type, or the host column of one type such as shelljump_hostname.',
    );
    return undefined;
  }

  #rowOf(row: RowUnderCheck, kind: MadeJumpItemKind): ImportRow {
    const references = this.#references;
    const group = this.#group(row);
    const result: ImportRow = {
      line: row.line,
      kind,
      name: row.required('name', NAME_LENGTH),
      jumpGroupId: group.id,
      newGroup: group.newGroup,
      externalId: row.externalId(),
      itemId: row.itemId(),
      hostname: undefined,
      jumpointId: undefined,
      port: undefined,
      defaultPort: undefined,
      username: undefined,
      domain: undefined,
      tag: row.limited('tag', TAG_LENGTH),
      comments: row.limited('comments', COMMENTS_LENGTH),
      jumpPolicyId: row.reference('jump_policy', references.jumpPolicies, 'Jump Policy with the code name'),
      sessionPolicyId: this.#sessionPolicy(row),
      attendedSessionPolicyId: undefined,
      publicPortalId: row.reference(
        'public_portal',
        references.publicPortals,
        'public portal with the host name',
      ),
      settings: {},
    };
    const fields = this.#fields(row, kind);
    if (row.problems.length === 0) complete(row, kind, fields, result);
    return result;
  }

  #group(row: RowUnderCheck): { id: number | undefined; newGroup: string | undefined } {
    const none = { id: undefined, newGroup: undefined };
    const code = row.text('group')?.trim() ?? '';
    if (code === '') {
      row.refuse('group', '', 'group is required: the code name of a Jump Group.');
      return none;
    }
    const id = this.#references.jumpGroups.get(code.toLowerCase());
    if (id !== undefined) return { id, newGroup: undefined };
    const namesake = this.#references.jumpGroupNames.get(code.toLowerCase());
    if (namesake !== undefined) {
      row.refuse('group', code, `The Jump Group of this name has the code name "${namesake}"; give that.`);
    } else if (!this.#createGroups) {
      row.refuse('group', code, `There is no Jump Group with the code name "${code}".`);
    } else if (!CODE_NAME.test(code)) {
      row.refuse(
        'group',
        code,
        'A Jump Group cannot be created with this code name: 1 to 64 letters, digits, _ or -.',
      );
    } else return { id: undefined, newGroup: code };
    return none;
  }

  /** Two headings for one thing: the policy that holds when no customer is present, or always. */
  #sessionPolicy(row: RowUnderCheck): number | undefined {
    const known = this.#references.sessionPolicies;
    const always = row.reference('session_policy', known, SESSION_POLICY);
    const alone = row.reference('customer_not_present_session_policy', known, SESSION_POLICY);
    if (always && alone && always !== alone) {
      row.refuse(
        'session_policy',
        row.text('session_policy') ?? '',
        'This is not the policy in customer_not_present_session_policy.',
      );
    }
    return always || alone || (always ?? alone);
  }

  /** Values of the kind's own fields by wire name; those the file does not speak of are missing. */
  #fields(row: RowUnderCheck, kind: MadeJumpItemKind): Map<KindField, FieldValue> {
    const fields = new Map<KindField, FieldValue>();
    for (const cell of row.cells) {
      const field = FIELDS_BY_COLUMN[kind].get(cell.column);
      if (field === undefined) {
        if (!COMMON.has(cell.column) && cell.value.trim() !== '') {
          row.refuse(
            cell.heading,
            cell.value,
            `A ${KINDS[kind].label} has no ${cell.column}; leave it empty.`,
          );
        }
        continue;
      }
      const value = this.#value(row, cell, field);
      if (value === undefined) continue;
      const before = fields.get(field);
      // A generic column beside the kind's own: the one that is filled in counts.
      if (before === undefined || before === field.default) fields.set(field, value);
      else if (value !== field.default && value !== before) {
        row.refuse(cell.heading, cell.value, `${columnOf(kind, field)} says something else.`);
      }
    }
    return fields;
  }

  #value(row: RowUnderCheck, cell: GivenCell, field: KindField): FieldValue | undefined {
    const text = cell.value.trim();
    if (field.type === 'reference') {
      return field.column === 'jumpointId'
        ? row.reference(cell.column, this.#references.jumpoints, 'Jumpoint with the code name')
        : row.reference(cell.column, this.#references.sessionPolicies, SESSION_POLICY);
    }
    if (text === '') return field.default;
    const value = typed(field, text, cell.value);
    const problem = value === undefined ? 'must be 1 or 0' : problemOf(field, value);
    if (problem === undefined) return value;
    row.refuse(cell.heading, cell.value, `${cell.column} ${problem}.`);
    return undefined;
  }
}

/** Columns that are not fields of a kind. The host column of another kind is not among them. */
const COMMON = new Set([
  'type',
  'name',
  'group',
  'tag',
  'comments',
  'jump_policy',
  'session_policy',
  'customer_not_present_session_policy',
  'public_portal',
  'external_id',
  'id',
]);

function typed(field: KindField, text: string, exact: string): FieldValue | undefined {
  if (field.type === 'boolean') {
    const word = text.toLowerCase();
    return YES.has(word) ? true : NO.has(word) ? false : undefined;
  }
  if (field.type === 'integer') return /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (field.choices === undefined) return field.column === undefined ? exact : text;
  const spelt = field.spellings?.[text] ?? text;
  return field.choices.find((choice) => choice.toLowerCase() === spelt.toLowerCase()) ?? spelt;
}

/** Checks the rules over several fields on the item a new row would make, and fills the staging row. */
function complete(
  row: RowUnderCheck,
  kind: MadeJumpItemKind,
  fields: Map<KindField, FieldValue>,
  result: ImportRow,
): void {
  const input: Record<string, FieldValue> = {};
  for (const field of KINDS[kind].fields) {
    const value = fields.get(field);
    if (field.required === true && (value === undefined || value === '' || value === null || value === 0)) {
      // Files leave the protocol to its default; a host and a Jumpoint have none.
      if (field.column === undefined) input[field.name] = field.default;
      else row.refuse(columnOf(kind, field), '', `${columnOf(kind, field)} is required.`);
    } else if (value !== undefined)
      input[field.name] = value === 0 && field.type === 'reference' ? null : value;
  }
  if (row.problems.length > 0) return;
  try {
    const item = newJumpItem(kind, { name: result.name, jumpGroupId: 1, fields: input });
    for (const [field, value] of fields) {
      if (field.column === undefined) result.settings[field.name] = item.settings[field.name];
      else if (field.type === 'reference')
        (result as unknown as Record<string, unknown>)[field.column] = value;
      else (result as unknown as Record<string, unknown>)[field.column] = item[field.column] ?? undefined;
    }
    // What follows from other fields, e.g. the host of a Kubernetes tunnel or the port of a protocol.
    if (item.hostname !== '') result.hostname = item.hostname;
    result.defaultPort = item.port ?? undefined;
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error;
    for (const [name, sentences] of Object.entries(error.fields ?? { '': [error.message] })) {
      const field = KINDS[kind].fields.find((known) => known.name === name);
      const column = field === undefined ? name : columnOf(kind, field);
      for (const sentence of sentences) {
        row.refuse(column, row.text(column) ?? '', sentence.replace(name, column));
      }
    }
  }
}

/** The cells of one row and what has been found wrong with them. */
class RowUnderCheck {
  readonly line: number;
  readonly cells: readonly GivenCell[];
  readonly problems: ImportProblem[] = [];

  constructor(line: number, cells: readonly GivenCell[]) {
    this.line = line;
    this.cells = cells;
  }

  /** The problem names the column as the file spells it. */
  refuse(column: string, value: string, reason: string): void {
    const heading = this.cells.find((cell) => cell.column === column)?.heading ?? column;
    this.problems.push(importProblem(this.line, heading, value, reason));
  }

  /** Undefined when the file has no such column. */
  text(column: string): string | undefined {
    return this.cells.find((cell) => cell.column === column)?.value;
  }

  limited(column: string, most: number): string | undefined {
    const value = this.text(column);
    if (value !== undefined && value.length > most) {
      this.refuse(column, value, `${column} may have at most ${most} characters, not ${value.length}.`);
    }
    return value;
  }

  externalId(): string | undefined {
    const value = this.limited('external_id', EXTERNAL_ID_LENGTH);
    return value === undefined || value.trim() === '' ? undefined : value;
  }

  required(column: string, most: number): string {
    const value = this.limited(column, most) ?? '';
    if (value.trim() === '') this.refuse(column, value, `${column} is required.`);
    return value;
  }

  /** 0 when the cell is empty, undefined when there is none. */
  reference(column: string, known: ReadonlyMap<string, number>, what: string): number | undefined {
    const value = this.text(column)?.trim();
    if (value === undefined) return undefined;
    if (value === '') return 0;
    const id = known.get(value.toLowerCase());
    if (id === undefined) this.refuse(column, value, `There is no ${what} "${value}".`);
    return id;
  }

  itemId(): number | undefined {
    const value = this.text('id')?.trim() ?? '';
    if (value === '') return undefined;
    if (/^\d{1,10}$/.test(value) && Number(value) <= MAX_ID) return Number(value);
    this.refuse('id', value, 'id must be the number of a Jump Item.');
    return undefined;
  }
}
