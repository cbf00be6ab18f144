import type { Actor } from '../actor.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { ConfigurationRefusal, Fields } from './configuration-document.ts';
import type { FieldTraits } from './field-changes.ts';

/** A kind of object that files can describe. */
export interface ConfigurationType extends FieldTraits {
  /** As files are named: `jump-groups`. */
  name: string;
  /** As people call one: `Jump Group`. */
  noun: string;
  /** The field that tells one object from the others; undefined when there is exactly one object. */
  key: string | undefined;
  /** A field with the place of an object among the others: changes are made from the first place to the last. */
  rank: string | undefined;
}

/** An object as it is now, in the form of a document. */
export interface StoredObject {
  id: number;
  key: string;
  fields: Fields;
  /** It came with the appliance, or belongs to somebody else: it is never deleted. */
  fixed: boolean;
}

/** A field that names another object: `members.2.user`. */
export interface NamedObject {
  field: string;
  type: string;
  key: string;
}

/** An object that a change waits for, because a later change creates it. */
export type IsPending = (type: string, key: string) => boolean;

/**
 * The configuration of the site as one caller sees and changes it, over one database connection or one transaction.
 * Whatever it does goes through the checks that the caller meets elsewhere. Failures name fields as documents do.
 */
export interface ConfigurationSite {
  /** In an order in which every object comes after what it refers to, as far as there is one. */
  readonly types: readonly ConfigurationType[];
  /** Why the caller may not see objects of this kind; undefined when it may. */
  refusal(type: string): string | undefined;
  /** Every object, in no particular order. */
  read(type: string): AsyncIterable<StoredObject>;
  /** What is wrong with fields whatever the site holds: unknown names, impossible values. */
  problems(type: string, fields: Fields): Pick<ConfigurationRefusal, 'field' | 'message'>[];
  /** The objects that fields without problems name, whether they exist or not. */
  named(type: string, fields: Fields): NamedObject[];
  /** Answers the fields that have to wait. Fails with `ApplianceError`. */
  create(type: string, fields: Fields, isPending: IsPending): Promise<Fields>;
  /** Sets these fields of an object. Answers the fields that have to wait. */
  update(type: string, key: string, fields: Fields, isPending: IsPending): Promise<Fields>;
  remove(type: string, key: string): Promise<void>;
  /** Takes references out of an object that is about to be removed, where it and others refer to each other. */
  detach(type: string, key: string): Promise<void>;
}

/** Changes that live connections hear of once they hold. */
export type AfterCommit = () => void | Promise<void>;

export interface ConfigurationSites {
  /** The site over these stores; `after` takes what has to be done after the commit. */
  over(
    actor: Actor,
    ground: { stores: Stores; unitOfWork: UnitOfWork; after: (effect: AfterCommit) => void },
  ): ConfigurationSite;
}

/** Several units of work as one. */
export interface WholeUnitOfWork {
  /**
   * Runs the work in one transaction that sees the site at one moment; for the whole site one at a time. `inner` opens
   * units of work inside: one that throws is undone alone, and what is kept is kept with the whole. A throw rolls
   * everything back. Work that met a change made at the same time runs again from the start, so what it does outside
   * the database belongs behind it. Fails with `conflict` when that happens too often.
   */
  exclusively<T>(work: (stores: Stores, inner: UnitOfWork) => Promise<T>): Promise<T>;
  /** As `exclusively` for work that only reads: any number at once. */
  atOneMoment<T>(work: (stores: Stores, inner: UnitOfWork) => Promise<T>): Promise<T>;
}
