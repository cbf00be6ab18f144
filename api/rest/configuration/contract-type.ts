import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import type { PageRequest } from '../../../appliance/paging.ts';
import type { Stores } from '../../../appliance/stores.ts';
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
  /** The contract names the object by its key too, not by an id. */
  keyed?: true;
}

export type References = Readonly<Record<string, Reference>>;

/** Something that files write as one field and an operation of its own changes, like the schedule of a Jump Policy. */
export interface Part {
  /** What it is now: an answer of its own, or something that the answer about the object tells. */
  now: OperationId | ((answer: Answer) => Value);
  update: OperationId;
  /** Of the members of the value. */
  references?: References;
  /** The value as files have it and back; names stand for ids on both sides. */
  toFile?: (value: Value, answer: Answer) => Value;
  fromFile?: (value: Value) => Value;
  /** The request. `inFile` is the value as the file has it. */
  toRequest?: (value: Value, inFile: Value) => Answer;
  /** Where more than one operation changes it: makes it the value of the file by calling them. */
  change?: (call: PartCall, id: number, body: Answer, inFile: Value) => Promise<void>;
}

/** Calls an operation on the object of a part. Fails with `ApplianceError`. */
export type PartCall = (operation: OperationId, body?: Answer) => Promise<unknown>;

/** A secret that a file gives a new object. From then on it is kept on the server, and files say nothing about it. */
export interface FirstSecret {
  /** Whether an object has such a secret: then an export says that it is kept on the server. */
  of: (answer: Answer) => boolean;
  /** Whether there is no new object of these fields without it. */
  neededBy: (fields: Fields) => boolean;
}

/** Entries that are added and removed one by one, like the members of a Jump Group. */
export interface Collection {
  index: OperationId;
  /** The operation answers everything at once, whatever page is asked for. */
  unpaged?: true;
  store: OperationId;
  /** Without it an entry whose other fields change is removed and added. */
  update?: OperationId;
  destroy: OperationId;
  /**
   * The field that tells one entry from the others: a reference, and the parameter of the entry's path. Without it the
   * whole entry does, and `handle` says which answered field is which parameter.
   */
  key?: string;
  handle?: { field: string; parameter: string };
  references: References;
  /** Answered fields that files leave out. */
  omit?: readonly string[];
  toFile?: (entry: Fields) => Fields;
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
  /** Where answers tell what follows from other objects: the objects as they are kept, in the form of answers. */
  rows?: (stores: Stores, page: PageRequest) => Promise<Answer[]>;
  /** Fields that are no configuration: states, counters, what follows from other fields. */
  omit?: readonly string[];
  /** A field with the place of an object among the others: changes are made from the first place to the last. */
  rank?: string;
  /** Secrets that no file can set. Those that answers tell of by `…_set` need not be named: files can set them. */
  keptSecrets?: readonly string[];
  firstSecrets?: Readonly<Record<string, FirstSecret>>;
  references?: References;
  /** A field that puts all objects of a kind in order: what a file does not name follows in its present order. */
  order?: string;
  /** Fields that are emptied when an object has to go together with one that refers to it. */
  detached?: Fields;
  parts?: Readonly<Record<string, Part>>;
  collections?: Readonly<Record<string, Collection>>;
  /** Objects that are never deleted: they came with the appliance. */
  fixed?: (answer: Answer) => boolean;
  /** The last word on what a file says, and on what is sent. */
  toFile?: (fields: Fields) => Fields;
  toRequest?: (fields: Answer) => Answer;
}
