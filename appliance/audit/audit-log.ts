import type { Actor } from '../actor.ts';

/** What was changed or looked at; `name` is for people, `id` for joining. */
export interface AuditObject {
  type: string;
  id: number | string;
  name?: string;
}

export interface AuditEntry {
  /** `object.verb`, e.g. `jump_group.created`. The commonest three come from `ObjectKind`. */
  type: string;
  actor: Actor;
  object?: AuditObject;
  /** State before and after the change, without secrets. */
  before?: unknown;
  after?: unknown;
}

export interface AuditRow {
  id: number;
  occurredAt: Date;
  type: string;
  actorKind: Actor['kind'];
  actorId: string;
  actorName: string;
  address: string;
  objectType: string;
  objectId: string;
  objectName: string;
  before: unknown;
  after: unknown;
}

export interface AuditQuery {
  type?: string | undefined;
  objectType?: string | undefined;
  objectId?: string | undefined;
  actorName?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Rows older than this id; rows come newest first. */
  beforeId?: number | undefined;
  limit: number;
}

/** Append-only. Rows are written in the transaction of the change they tell of. */
export interface AuditLog {
  record(entry: AuditEntry): Promise<void>;
  find(query: AuditQuery): Promise<AuditRow[]>;
}
