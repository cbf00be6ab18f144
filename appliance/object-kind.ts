import type { Actor } from './actor.ts';
import type { AuditEntry, AuditLog, AuditObject } from './audit/audit-log.ts';
import { auditChange, auditState } from './audit/audit-state.ts';
import { ApplianceError } from './errors.ts';
import { type Revised, requireRevision, type WantedRevisions } from './revision.ts';

interface Edited extends Revised {
  id: number;
}

/** The fields that differ, as `auditChange` answers them. */
type Difference = NonNullable<ReturnType<typeof auditChange>>;

/**
 * A kind of object that people create, change and delete: how audit rows and refusals name one, and the steps that are
 * the same for every kind. The transaction, who may and what the rule is stay with the service, in its own words; it
 * calls these between them. Where steps have something between them that belongs to one kind alone, the service
 * writes them out.
 */
export class ObjectKind<T extends Edited> {
  readonly #type: string;
  readonly #noun: string;
  readonly #name: (object: T) => string;
  readonly #state: (object: T) => object;

  constructor(words: {
    /** In audit rows: `issue` for `issue.created`, `issue.updated` and `issue.deleted`. */
    type: string;
    /** In sentences for people. */
    noun: string;
    /** What people know one by. */
    name: (object: T) => string;
    /** What audit rows show of one, and what counts as a difference. Default: every field. */
    state?: (object: T) => object;
  }) {
    this.#type = words.type;
    this.#noun = words.noun;
    this.#name = words.name;
    this.#state = words.state ?? ((object) => object);
  }

  /** Fails with `not_found`. */
  missing(id: number): never {
    throw new ApplianceError('not_found', `There is no ${this.#noun} with id ${id}.`);
  }

  /**
   * The object as it is, held until the transaction ends. Fails with `not_found`, and with `precondition_failed` at a
   * revision that is not wanted.
   */
  async lock(
    store: { lockById(id: number): Promise<T | undefined> },
    id: number,
    wanted?: WantedRevisions,
  ): Promise<T> {
    const object = (await store.lockById(id)) ?? this.missing(id);
    requireRevision(object, wanted);
    return object;
  }

  /**
   * Writes a locked object and what changed about it, and answers it at its new revision. Without a difference nothing
   * is written, and the answer is `before`.
   */
  async update(
    store: { update(object: T): Promise<number> },
    { auditLog, actor }: { auditLog: AuditLog; actor: Actor },
    before: T,
    after: T,
  ): Promise<T> {
    const difference = this.difference(before, after);
    if (difference === undefined) return before;
    const revision = await store.update(after);
    await auditLog.record(this.updated(actor, after, difference));
    return { ...after, revision };
  }

  /** As audit rows tell of it; undefined when nothing differs. */
  difference(before: T, after: T): Difference | undefined {
    return auditChange(this.#state(before), this.#state(after));
  }

  /** For the audit log, as the two below. `more`: what went with it. */
  created(actor: Actor, object: T, more: Record<string, unknown> = {}): AuditEntry {
    const after = { ...auditState(this.#state(object)), ...more };
    return { type: `${this.#type}.created`, actor, object: this.audited(object), after };
  }

  updated(actor: Actor, object: T, difference: Difference): AuditEntry {
    return { type: `${this.#type}.updated`, actor, object: this.audited(object), ...difference };
  }

  deleted(actor: Actor, object: T, more: Record<string, unknown> = {}): AuditEntry {
    const before = { ...auditState(this.#state(object)), ...more };
    return { type: `${this.#type}.deleted`, actor, object: this.audited(object), before };
  }

  /** The object as every audit row about it names it. */
  audited(object: T): AuditObject {
    return { type: this.#type, id: object.id, name: this.#name(object) };
  }
}
