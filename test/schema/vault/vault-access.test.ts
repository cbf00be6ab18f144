import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VAULT_ROLES, type VaultRole, vaultRoleOf } from '../../../appliance/vault/vault-access.ts';
import { PgEffectiveVaultAccess } from '../../../schema/vault/pg-effective-vault-access.ts';
import { PgVaultAccess } from '../../../schema/vault/pg-vault-access.ts';
import { accountsWithAccess, roleColumn } from '../../../schema/vault/vault-access-sql.ts';
import { roleText, usableText, vaultGrantsOf } from '../../../schema/vault/vault-grants.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

// Random grants in a real database: the statement answers what the rule answers, one by one and as a list.

let database: TestDatabase;
const known = {
  users: [] as number[],
  groups: [] as number[],
  accounts: [] as number[],
  policies: [] as number[],
};

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  const ids = async (rows: Promise<readonly { id: number }[]>) => (await rows).map(({ id }) => id);
  known.users = await ids(
    sql`insert into app_user (username) select 'u' || n from generate_series(0, 1) n returning id`,
  );
  known.groups = await ids(
    sql`insert into vault_account_group (name) select 'g' || n from generate_series(0, 1) n returning id`,
  );
  known.policies = await ids(
    sql`insert into group_policy (name, position) select 'p' || n, 100 + n from generate_series(0, 2) n returning id`,
  );
  // Two shared accounts in each group, and a personal one of each person.
  known.accounts = await ids(sql`
    insert into vault_account (type, name, account_group_id, owner_user_id)
    select 'opaque_token', 'shared', g, null::int from unnest(${known.groups}::int[]) g, generate_series(1, 2)
    union all select 'opaque_token', 'personal', null, u from unnest(${known.users}::int[]) u
    returning id`);
});
afterAll(() => database?.drop());

const role = fc.constantFrom<VaultRole>(...VAULT_ROLES);
const index = (count: number) => fc.nat({ max: count - 1 });
const grants = (of: number) =>
  fc.uniqueArray(fc.record({ to: index(2), of: index(of), role }), {
    maxLength: 5,
    selector: (g) => `${g.to} ${g.of}`,
  });
const policyGrants = (of: number) =>
  fc.uniqueArray(fc.record({ to: index(3), of: index(of), role }), {
    maxLength: 4,
    selector: (g) => `${g.to} ${g.of}`,
  });
const world = fc.record({
  onAccounts: grants(6),
  onGroups: grants(2),
  policyOnAccounts: policyGrants(6),
  policyOnGroups: policyGrants(2),
  /** Which person belongs to which policy. */
  members: fc.uniqueArray(fc.record({ policy: index(3), user: index(2) }), {
    maxLength: 4,
    selector: (m) => `${m.policy} ${m.user}`,
  }),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

it('says the same as the rule', async () => {
  const { sql } = database;
  await fc.assert(
    fc.asyncProperty(world, async (drawn) => {
      await write(drawn);
      const access = new PgVaultAccess(sql);
      for (const [u, userId] of known.users.entries()) {
        const rows = await sql<{ id: number; role: VaultRole }[]>`
          select a.id, ${roleColumn(sql)} as role from ${accountsWithAccess(sql, userId)}`;
        const grants = await vaultGrantsOf(sql, userId);
        const again = await sql.unsafe<{ id: number; role: VaultRole }[]>(
          `select a.id, ${roleText(grants)} as role from vault_account a where ${usableText(grants)}`,
        );
        const sorted = (list: readonly { id: number }[]) => [...list].sort((a, b) => a.id - b.id);
        expect(sorted(again)).toEqual(sorted(rows));
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        for (const [n, accountId] of known.accounts.entries()) {
          const expected = vaultRoleOf({
            userId,
            ownerUserId: n < 4 ? null : known.users[n - 4]!,
            granted: grantedIn(drawn, u, n),
          });
          expect(rows.find(({ id }) => id === accountId)?.role).toBe(expected);
          if (n % 3 === u) expect(await access.roleOf(userId, accountId)).toBe(expected);
        }
      }
    }),
    { numRuns: 60 },
  );
  expect(await new PgVaultAccess(sql).roleOf(known.users[0]!, 4_000_000)).toBeUndefined();
}, 60_000);

it('lists the people of an account and the accounts of a person, with every reason, as the rule has them', async () => {
  const { sql } = database;
  const effective = new PgEffectiveVaultAccess(sql);
  const every = { limit: 100, offset: 0 };
  await fc.assert(
    fc.asyncProperty(world, fc.constantFrom(...VAULT_ROLES), async (drawn, wanted) => {
      await write(drawn);
      const expected = known.users.map((userId, u) =>
        known.accounts.map((_accountId, n) => {
          const ownerUserId = n < 4 ? null : known.users[n - 4]!;
          const granted = grantedIn(drawn, u, n);
          const owned = ownerUserId === userId ? (['inject_and_checkout'] as const) : [];
          const reasons = ownerUserId === null ? granted : owned;
          return { role: vaultRoleOf({ userId, ownerUserId, granted }), reasons: [...reasons].sort() };
        }),
      );
      const said = ({ sources }: { sources: { role: VaultRole }[] }) =>
        sources.map(({ role }) => role).sort();
      for (const [n, accountId] of known.accounts.entries()) {
        const all = (await effective.peopleOf(accountId, {}, every))!;
        const those = known.users.flatMap((userId, u) =>
          expected[u]![n]!.role === undefined ? [] : [{ userId, reasons: expected[u]![n]!.reasons }],
        );
        expect(all.total).toBe(those.length);
        expect(all.items.map((one) => ({ userId: one.userId, reasons: said(one) }))).toEqual(those);
        const some = (await effective.peopleOf(accountId, { role: wanted }, every))!;
        expect(some.items.map(({ userId }) => userId)).toEqual(
          known.users.filter((_userId, u) => expected[u]![n]!.role === wanted),
        );
        const second = (await effective.peopleOf(accountId, {}, { limit: 1, offset: 1 }))!;
        expect(second).toEqual({ items: all.items.slice(1, 2), total: all.total });
      }
      for (const [u, userId] of known.users.entries()) {
        const all = await effective.accountsOf(userId, {}, every);
        const those = known.accounts.flatMap((accountId, n) =>
          expected[u]![n]!.role === undefined ? [] : [{ accountId, reasons: expected[u]![n]!.reasons }],
        );
        expect(all.total).toBe(those.length);
        expect(all.items.map((one) => ({ accountId: one.accountId, reasons: said(one) }))).toEqual(those);
        const some = await effective.accountsOf(userId, { role: wanted }, every);
        expect(some.items.map(({ accountId }) => accountId)).toEqual(
          known.accounts.filter((_accountId, n) => expected[u]![n]!.role === wanted),
        );
      }
    }),
    { numRuns: 40 },
  );
  expect(await effective.peopleOf(4_000_000, {}, every)).toBeUndefined();
}, 60_000);

function grantedIn(drawn: World, user: number, account: number): VaultRole[] {
  const group = account < 4 ? Math.floor(account / 2) : undefined;
  const policies = drawn.members.filter((member) => member.user === user).map(({ policy }) => policy);
  return [
    ...drawn.onAccounts.filter((grant) => grant.to === user && grant.of === account),
    ...drawn.onGroups.filter((grant) => grant.to === user && grant.of === group),
    ...drawn.policyOnAccounts.filter((grant) => policies.includes(grant.to) && grant.of === account),
    ...drawn.policyOnGroups.filter((grant) => policies.includes(grant.to) && grant.of === group),
  ].map((grant) => grant.role);
}

async function write(drawn: World): Promise<void> {
  await database.sql.begin(async (sql) => {
    await sql`delete from vault_account_user`;
    await sql`delete from vault_account_group_user`;
    await sql`delete from group_policy_vault_account`;
    await sql`delete from group_policy_vault_account_group`;
    await sql`delete from group_policy_member where group_policy_id = any(${known.policies}::int[])`;
    for (const { to, of, role } of drawn.onAccounts) {
      await sql`insert into vault_account_user values (${known.accounts[of]!}, ${known.users[to]!}, ${role})`;
    }
    for (const { to, of, role } of drawn.onGroups) {
      await sql`insert into vault_account_group_user values (${known.groups[of]!}, ${known.users[to]!}, ${role})`;
    }
    for (const { to, of, role } of drawn.policyOnAccounts) {
      await sql`insert into group_policy_vault_account values (${known.policies[to]!}, ${known.accounts[of]!}, ${role})`;
    }
    for (const { to, of, role } of drawn.policyOnGroups) {
      await sql`insert into group_policy_vault_account_group values (${known.policies[to]!}, ${known.groups[of]!}, ${role})`;
    }
    for (const { policy, user } of drawn.members) {
      await sql`
        insert into group_policy_member (group_policy_id, security_provider_id, user_id)
        values (${known.policies[policy]!}, 1, ${known.users[user]!})`;
    }
  });
}
