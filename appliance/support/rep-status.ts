import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** How a status looks to others. A representative whose status is neither is available. */
export const SHOWN_STATUSES = ['away', 'busy'] as const;
export type ShownStatus = (typeof SHOWN_STATUSES)[number];

export interface RepStatus extends Revised {
  id: number;
  name: string;
  /** What programs set it by; unique among statuses. */
  codeName: string;
  /** Null for the built-in available status alone. */
  displayAs: ShownStatus | null;
  /** Every site has these three; null for those that people made. */
  builtIn: 'available' | ShownStatus | null;
}

/** Unique names: writes fail with `conflict` naming `name` or `code_name`. */
export interface RepStatuses {
  /** In the order of their ids. Text is compared whole, ignoring case. */
  find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<RepStatus>>;
  findById(id: number): Promise<RepStatus | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<RepStatus | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(status: Omit<RepStatus, 'id' | 'revision'>): Promise<RepStatus>;
  /** Raises the revision by one and answers it. */
  update(status: RepStatus): Promise<number>;
  delete(id: number): Promise<void>;
}

/** The field that a built-in status keeps and a sentence, or undefined when it may change that way. */
export function builtInStatusProblem(
  before: RepStatus,
  after: RepStatus,
): { field: string; sentence: string } | undefined {
  if (before.builtIn === null) return undefined;
  const fields = [
    ['name', before.name !== after.name],
    ['code_name', before.codeName !== after.codeName],
    ['display_as', before.displayAs !== after.displayAs],
  ] as const;
  const changed = fields.find(([field, differs]) => {
    return differs && (before.builtIn === 'available' || field === 'display_as');
  });
  if (changed === undefined) return undefined;
  const [field] = changed;
  if (before.builtIn === 'available') {
    return { field, sentence: 'The built-in available status cannot be changed.' };
  }
  return {
    field,
    sentence: `The built-in ${before.builtIn} status is always displayed as ${before.builtIn}.`,
  };
}
