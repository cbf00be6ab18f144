import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryPerson } from '../../appliance/directory/identity-provider.ts';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { LdapDirectory } from '../../integrations/ldap/ldap-directory.ts';
import { activeDirectorySource } from '../support/ldap-sources.ts';
import { type TestSamba, testSamba } from '../support/test-samba.ts';

const PASSWORD = 'Passw0rd!1';

let samba: TestSamba;
let directory: LdapDirectory;

beforeAll(async () => {
  samba = await testSamba({ address: '127.0.0.56' });
  const users = ['alice', 'disabled', 'expired', 'locked'];
  for (const name of users) await samba.addUser(name, PASSWORD, [`--mail-address=${name}@ad.test`]);
  await samba.addGroup('Support', ['alice']);
  await samba.addGroup('Staff', ['Support']);
  await samba.addGroup('Everyone Here', ['Staff']);
  await samba.tool(['user', 'disable', 'disabled']);
  await samba.modify(
    [
      `dn: CN=expired,CN=Users,${samba.base}\nchangetype: modify\nreplace: accountExpires\naccountExpires: 125000000000000000`,
      `dn: CN=alice,CN=Users,${samba.base}\nchangetype: modify\nreplace: displayName\ndisplayName: Alice Adams`,
    ].join('\n\n'),
  );
  await samba.tool(['domain', 'passwordsettings', 'set', '--account-lockout-threshold=3']);
  directory = new LdapDirectory();
  const wrong = { username: 'locked', password: 'wrong' };
  for (let count = 0; count < 3; count += 1)
    await directory.checkPassword(source(), wrong, new ProviderTrace());
});

afterAll(async () => {
  directory?.close();
  await samba?.stop();
});

const source = (settings = {}) => activeDirectorySource(samba, { encryption: 2, port: 389, ...settings });
const names = (person: DirectoryPerson | undefined) =>
  (person?.groups ?? []).map((dn) => /^CN=([^,]+)/i.exec(dn)?.[1]).sort();

describe('Active Directory', () => {
  it.each(['alice', 'alice@ad.test', 'ALICE'])('lets %s in', async (username) => {
    const answer = await directory.checkPassword(
      source(),
      { username, password: PASSWORD },
      new ProviderTrace(),
    );
    expect(answer).toMatchObject({
      outcome: 'accepted',
      identity: { username: 'alice', displayName: 'Alice Adams', emailAddress: 'alice@ad.test' },
    });
  });

  it('knows people by their objectGUID, and finds them by it', async () => {
    const person = await directory.findPerson(source(), { username: 'alice' }, new ProviderTrace());
    expect(person?.externalId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const shown = await samba.tool(['user', 'show', 'alice', '--attributes=objectGUID']);
    expect(shown.toLowerCase()).toContain(person!.externalId);
    const again = await directory.findPerson(
      source(),
      { externalId: person!.externalId },
      new ProviderTrace(),
    );
    expect(again?.distinguishedName).toBe(person?.distinguishedName);
  });

  it('tells groups within groups and the primary one, for one person and for everybody alike', async () => {
    const one = await directory.findPerson(source(), { username: 'alice' }, new ProviderTrace());
    expect(names(one)).toEqual(
      expect.arrayContaining(['Domain Users', 'Everyone Here', 'Staff', 'Support', 'Users']),
    );

    const everybody: DirectoryPerson[] = [];
    for await (const page of directory.people(source(), new ProviderTrace())) everybody.push(...page);
    expect(names(everybody.find(({ username }) => username === 'alice'))).toEqual(names(one));
    // Computers are users to Active Directory, and sign in nowhere.
    expect(everybody.map(({ username }) => username)).not.toContain('DC1$');

    const direct = await directory.findPerson(
      source({ recursive_groups: false }),
      { username: 'alice' },
      new ProviderTrace(),
    );
    expect(names(direct)).toEqual(['Domain Users', 'Support']);
  });

  it.each([
    ['disabled', 'the account is disabled', true],
    ['expired', 'the account has expired', true],
    // For a while, and by whoever guesses passwords: no reason to end what the person does.
    ['locked', 'the account is locked', false],
  ])('refuses an account that is %s, and says so', async (username, reason, disabled) => {
    const trace = new ProviderTrace();
    const answer = await directory.checkPassword(source(), { username, password: PASSWORD }, trace);
    const person = await directory.findPerson(source(), { username }, new ProviderTrace());
    expect(person).toMatchObject({ disabled, disabledReason: reason });
    // Whose password it was, so that guesses under any of the person's names count.
    expect(answer).toEqual({ outcome: 'refused', reason, externalId: person!.externalId });
  });

  it('is not sent a password without encryption', async () => {
    const trace = new ProviderTrace();
    const plain = source({ encryption: 0 });
    await expect(directory.findPerson(plain, { username: 'alice' }, trace)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(trace.failure?.message).toContain('not encrypted');
  });
});
