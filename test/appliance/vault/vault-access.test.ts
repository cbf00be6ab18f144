import { describe, expect, it } from 'vitest';
import { mayCheckOut, vaultRoleOf } from '../../../appliance/vault/vault-access.ts';

const ANN = 1;
const BEN = 2;

describe('who may use a vault account', () => {
  it('is nobody to whom nothing was granted', () => {
    expect(vaultRoleOf({ userId: ANN, ownerUserId: null, granted: [] })).toBeUndefined();
    expect(mayCheckOut(undefined)).toBe(false);
  });

  it('is decided by the highest of all roles, whatever their order', () => {
    for (const granted of [
      ['inject', 'inject_and_checkout'],
      ['inject_and_checkout', 'inject'],
    ] as const) {
      expect(vaultRoleOf({ userId: ANN, ownerUserId: null, granted })).toBe('inject_and_checkout');
    }
    const role = vaultRoleOf({ userId: ANN, ownerUserId: null, granted: ['inject', 'inject'] });
    expect([role, mayCheckOut(role)]).toEqual(['inject', false]);
  });

  it('is the owner alone for a personal account, who needs no grant', () => {
    expect(vaultRoleOf({ userId: ANN, ownerUserId: ANN, granted: [] })).toBe('inject_and_checkout');
    expect(vaultRoleOf({ userId: BEN, ownerUserId: ANN, granted: ['inject_and_checkout'] })).toBeUndefined();
  });
});
