import { expect, it } from 'vitest';
import type { Actor } from '../../../appliance/actor.ts';
import type {
  AccountWithAccess,
  EffectiveVaultAccess,
  PersonWithAccess,
} from '../../../appliance/vault/effective-vault-access.ts';
import { EffectiveVaultAccessService } from '../../../appliance/vault/effective-vault-access-service.ts';

const PAGE = { limit: 10, offset: 0 };
const admin = { kind: 'user', userId: 1, administrator: true, rights: new Set() } as unknown as Actor;

/** Of two, the second has just lost what the first still has. */
const reasons = [
  { ownerUserId: null, sources: [{ grantedOn: 'account', role: 'inject', groupPolicy: undefined }] },
  { ownerUserId: null, sources: [] },
];

it('leaves out whoever loses an account while the page is read', async () => {
  const effectiveVaultAccess: EffectiveVaultAccess = {
    peopleOf: async () => ({
      items: reasons.map((one, at) => ({ ...one, userId: at + 2 }) as PersonWithAccess),
      total: 2,
    }),
    accountsOf: async () => ({
      items: reasons.map((one, at) => ({ ...one, accountId: at + 5 }) as AccountWithAccess),
      total: 2,
    }),
  };
  const users = { findById: async () => ({ id: 2 }) };
  const service = new EffectiveVaultAccessService({ stores: { effectiveVaultAccess, users } as never });
  expect((await service.people(admin, 5, {}, PAGE)).items).toMatchObject([{ userId: 2, role: 'inject' }]);
  expect((await service.accounts(admin, 2, {}, PAGE)).items).toMatchObject([
    { accountId: 5, role: 'inject' },
  ]);
});
