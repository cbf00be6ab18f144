import { dateTime } from '../../../appliance/date-time.ts';
import { invalidField } from '../../../appliance/errors.ts';
import type { VaultActivityRow } from '../../../appliance/vault/vault-activity.ts';
import type { VaultActivityService } from '../../../appliance/vault/vault-activity-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

const DEFAULT_LIMIT = 100;

export function vaultActivityHandlers({ activity }: { activity: VaultActivityService }): Partial<Handlers> {
  return {
    'api.config.vault.activity.index': async (req, res) => {
      const { query } = req;
      const limit = query.limit ?? DEFAULT_LIMIT;
      const filter = {
        accountId: query.account_id,
        userId: query.user_id,
        type: query.event_type,
        from: dateOf(query.occurred_from),
        before: dateOf(query.occurred_before),
      };
      const beforeId = query.cursor === undefined ? undefined : idOf(query.cursor);
      const rows = await activity.list(actorOf(req), filter, { beforeId, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const answer: AnswerOf<'api.config.vault.activity.index', 200> = {
        items: items.map(toEvent),
        next_cursor: rows.length > limit && last !== undefined ? cursorAt(last.id) : null,
      };
      res.json(answer);
    },
  };
}

function toEvent(row: VaultActivityRow): AnswerOf<'api.config.vault.activity.index', 200>['items'][number] {
  return {
    id: row.id,
    occurred_at: dateTime(row.occurredAt),
    event_type: row.type,
    account_id: row.accountId,
    account_name: row.accountName,
    performed_by: row.performedBy,
    lsid: row.lsid,
    data: row.data,
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

function cursorAt(id: number): string {
  return Buffer.from(`vault:${id}`).toString('base64url');
}

function idOf(cursor: string): number {
  const [, id] = /^vault:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (id === undefined) throw invalidField('cursor', 'This is not a cursor of this list.');
  return Number(id);
}
