import type { AuditEntry } from '../audit/audit-log.ts';
import type { UnitOfWork } from '../stores.ts';

/** What deletions count in their audit rows beside the object itself. */
const TAKEN_ALONG = ['jump_items', 'personal_jump_items', 'nodes', 'vault_endpoints', 'secrets'] as const;

/** The same unit of work; `heard` gets what is written to the audit log. */
export function listeningToAudit(unitOfWork: UnitOfWork, heard: (entry: AuditEntry) => void): UnitOfWork {
  return {
    inTransaction: (work) =>
      unitOfWork.inTransaction((stores) => {
        const { auditLog } = stores;
        const listening = {
          record: async (entry: AuditEntry) => {
            heard(entry);
            await auditLog.record(entry);
          },
          find: auditLog.find.bind(auditLog),
        };
        return work({ ...stores, auditLog: listening });
      }),
  };
}

/** What these deletions took along, counted; undefined when nothing. */
export function takenAlong(entries: readonly AuditEntry[]): Record<string, number> | undefined {
  const counts: Record<string, number> = {};
  for (const { before } of entries) {
    if (typeof before !== 'object' || before === null) continue;
    for (const name of TAKEN_ALONG) {
      const count = (before as Record<string, unknown>)[name];
      if (typeof count === 'number' && count > 0) counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return Object.keys(counts).length === 0 ? undefined : counts;
}
