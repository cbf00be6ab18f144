import type { AuditLog, AuditRow } from '../../../appliance/audit/audit-log.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { invalidField } from '../../../appliance/errors.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

const DEFAULT_LIMIT = 100;

export function auditEventHandlers({ auditLog }: { auditLog: AuditLog }): Partial<Handlers> {
  return {
    'api.config.audit-event.index': async (req, res) => {
      const { query } = req;
      const limit = query.limit ?? DEFAULT_LIMIT;
      const rows = await auditLog.find({
        type: query.type,
        actorName: query.actor,
        objectType: query.object_type,
        objectId: query.object_id,
        from: dateOf(query.occurred_from),
        to: dateOf(query.occurred_before),
        beforeId: query.cursor === undefined ? undefined : idOf(query.cursor),
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const answer: AnswerOf<'api.config.audit-event.index', 200> = {
        items: items.map(toEvent),
        next_cursor: rows.length > limit && last !== undefined ? cursorAt(last.id) : null,
      };
      res.json(answer);
    },
  };
}

function toEvent(row: AuditRow): AnswerOf<'api.config.audit-event.index', 200>['items'][number] {
  return {
    id: row.id,
    occurred_at: dateTime(row.occurredAt),
    type: row.type,
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName, address: row.address },
    object: { type: row.objectType, id: row.objectId, name: row.objectName },
    before: row.before ?? null,
    after: row.after ?? null,
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

function cursorAt(id: number): string {
  return Buffer.from(`audit:${id}`).toString('base64url');
}

function idOf(cursor: string): number {
  const [, id] = /^audit:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (id === undefined) throw invalidField('cursor', 'This is not a cursor of this list.');
  return Number(id);
}
