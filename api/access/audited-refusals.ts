import type { Request } from 'express';
import type { AuditLog } from '../../appliance/audit/audit-log.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { actorIfAny } from './access-gate.ts';

/**
 * Writes an audit row when a known caller is refused a change, in a transaction of its own: there is no change to share
 * one with. Refused looks are not written.
 */
export function auditedRefusals(auditLog: AuditLog) {
  return async (
    error: unknown,
    req: Request,
    operation: { operationId: string; method: string },
  ): Promise<void> => {
    const actor = actorIfAny(req);
    if (actor === undefined || operation.method === 'GET') return;
    if (!(error instanceof ApplianceError) || error.code !== 'forbidden') return;
    await auditLog.record({
      type: 'access.refused',
      actor,
      object: {
        type: 'operation',
        id: operation.operationId,
        name: `${req.method} ${req.baseUrl}${req.path}`,
      },
      after: { reason: error.message },
    });
  };
}
