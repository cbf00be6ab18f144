import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** A fact that can be attached to sessions, known to programs by its code name. */
export interface CustomSessionAttribute extends Revised {
  id: number;
  displayName: string;
  codeName: string;
}

/** Unique code names: writes fail with `conflict` naming `code_name`. */
export interface CustomSessionAttributes {
  /** In the order of their ids. The code name is compared whole, ignoring case. */
  find(filter: { codeName?: string | undefined }, page: PageRequest): Promise<Page<CustomSessionAttribute>>;
  findById(id: number): Promise<CustomSessionAttribute | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<CustomSessionAttribute | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(attribute: Omit<CustomSessionAttribute, 'id' | 'revision'>): Promise<CustomSessionAttribute>;
  /** Raises the revision by one and answers it. */
  update(attribute: CustomSessionAttribute): Promise<number>;
  /** Values that sessions have stay with them. */
  delete(id: number): Promise<void>;
}
