import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import type { OperationId } from '../../contract/handlers.ts';

export type Answer = Record<string, Value>;

/** A field that holds ids. Files call it `as` and name the objects by their keys; null stays null. */
export interface Reference {
  type: string;
  as: string;
  /** What the contract writes for no object instead of null. */
  none?: number;
  /** Words that the contract allows instead of an id. */
  words?: readonly string[];
}

export type References = Readonly<Record<string, Reference>>;

/** Something with operations of its own that files write as one field, like the schedule of a Jump Policy. */
export interface Part {
  show: OperationId;
  update: OperationId;
}

/** Entries that are added and removed one by one, like the members of a Jump Group. */
export interface Collection {
  index: OperationId;
  store: OperationId;
  /** Without it an entry whose other fields change is removed and added. */
  update?: OperationId;
  destroy: OperationId;
  /** The field that tells one entry from the others; also the name of its path parameter. It is a reference. */
  key: string;
  references: References;
  /** Answered fields that files leave out. */
  omit?: readonly string[];
}

/**
 * How a kind of object is read and written with operations of the contract. Files have the fields that both requests
 * and answers have, and the secrets that answers tell of, so a field that the contract gains is there without anything
 * being said here.
 */
export interface ContractType {
  /** As files are named: `jump-groups`. */
  name: string;
  /** As people call one. */
  noun: string;
  /** The field that tells one object from the others; undefined when there is exactly one object. */
  key: string | undefined;
  operations: {
    /** Missing when there is exactly one object. */
    index?: OperationId;
    show: OperationId;
    /** Missing when objects cannot be created. */
    store?: OperationId;
    update?: OperationId;
    destroy?: OperationId;
  };
  /** The list does not tell everything: each object is shown by itself. */
  shownAlone?: true;
  /** Fields that are no configuration: states, counters, what follows from other fields. */
  omit?: readonly string[];
  /** A field with the place of an object among the others: changes are made from the first place to the last. */
  rank?: string;
  /** Secrets that no file can set. Those that answers tell of by `…_set` need not be named: files can set them. */
  keptSecrets?: readonly string[];
  references?: References;
  parts?: Readonly<Record<string, Part>>;
  collections?: Readonly<Record<string, Collection>>;
  /** Objects that are never deleted: they came with the appliance. */
  fixed?: (answer: Answer) => boolean;
  /** The last word on what a file says about an object, and on what is sent for it. */
  toFields?: (fields: Fields, answer: Answer) => Fields;
  toRequest?: (fields: Answer) => Answer;
}
