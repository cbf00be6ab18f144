import { isOpeningRight } from '../../appliance/access/user-settings.ts';
import { type AccessGuard, requireAccess } from './access-gate.ts';
import { isAccessWord } from './access-word.ts';
import { checkDeclared, type HttpMethod } from './route-table.ts';

/** The gate of a contract operation: its `x-access` word, held against UNAUTHENTICATED_ROUTES like any other route. */
export function contractGate(basePath: string) {
  return (operation: {
    operationId: string;
    method: string;
    path: string;
    access: string;
    right: string | undefined;
  }): AccessGuard => {
    const { access, right } = operation;
    if (!isAccessWord(access)) {
      throw new Error(`${operation.operationId} has the unknown x-access "${access}"`);
    }
    if (right !== undefined && !isOpeningRight(right)) {
      throw new Error(`${operation.operationId} has the unknown x-right "${right}"`);
    }
    checkDeclared({
      method: operation.method.toLowerCase() as HttpMethod,
      path: basePath + operation.path,
      access,
    });
    return requireAccess(access, right);
  };
}
