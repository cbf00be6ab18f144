import type { OperationAccess } from '../../appliance/access/explain/person-right.ts';
import { isOpeningRight } from '../../appliance/access/user-settings.ts';
import type { ContractOperation } from '../contract/contract-document.ts';
import { isAccessWord, refusalOf } from './access-word.ts';

/** Whom the gate before the operations of a contract lets in, for questions about it. */
export function operationAccess(operations: readonly ContractOperation[]): OperationAccess {
  const byId = new Map(operations.map((operation) => [operation.operationId, operation]));
  return {
    find(operationId) {
      const operation = byId.get(operationId);
      if (operation === undefined) return undefined;
      const { access, right } = operation;
      const opening = isOpeningRight(right) ? right : undefined;
      return {
        access,
        right: opening,
        refusalOf: (actor) => (isAccessWord(access) ? refusalOf(access, actor, opening) : undefined),
      };
    },
  };
}
