import { describe, expect, it } from 'vitest';
import { DEFAULT_SITE_SETTINGS } from '../../../appliance/settings/site-settings.ts';
import { BROWSER } from '../../support/sign-in-world.ts';
import { names, sharedSignInWorld, signIn, somebody, vouchFor, world } from '../../support/vouched-people.ts';

sharedSignInWorld();

async function accounts(username: string) {
  return await world.database.sql`
    select id, security_provider_id as provider, external_id, public_display_name as name, email_address as email
      from app_user where lower(username) = lower(${username})`;
}

describe('somebody a provider vouches for', () => {
  it('gets an account at the first sign-in, and the same one afterwards, under whatever name', async () => {
    const provider = await world.provider('ldap', `Directory ${names}`);
    const identity = somebody({ emailAddress: 'p@example.com', groups: ['CN=Reps,DC=x'] });
    vouchFor(identity);
    const first = await signIn(identity.username);
    expect(first).toMatchObject({ kind: 'signed_in', actor: { username: identity.username } });
    const [account] = await accounts(identity.username);
    expect(account).toMatchObject({ provider, external_id: identity.externalId, email: 'p@example.com' });
    const renamed = { ...identity, username: `${identity.username}-married`, displayName: 'New Name' };
    vouchFor(renamed);
    await signIn(renamed.username);
    expect(await accounts(renamed.username)).toMatchObject([{ id: account!.id, name: 'New Name' }]);
    expect((await world.audited()).map(({ type }) => type)).toEqual([
      'user.created',
      'user.signed_in',
      'user.updated',
      'user.signed_in',
    ]);
  });

  it('is refused without a word why when no group policy names them, and gets no account', async () => {
    await world.provider('ldap', `Closed ${names}`, { open: false });
    const identity = somebody({ groups: ['CN=Others,DC=x'] });
    vouchFor(identity);
    await expect(signIn(identity.username)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'Signing in failed. Check the user name and the password.',
    });
    expect(await accounts(identity.username)).toEqual([]);
    const [failure] = await world.audited();
    expect(failure!.after).toMatchObject({
      reason: 'no group policy names this person or one of their groups',
      address: '192.0.2.7',
      method: 'password',
      username: identity.username,
    });
  });

  it('comes in by a group of the directory that a group policy names, and not any more when it does not', async () => {
    const provider = await world.provider('ldap', `Grouped ${names}`, { open: false });
    await world.database.sql`
      insert into group_policy_member (group_policy_id, security_provider_id, distinguished_name)
      select id, ${provider}, 'cn=REPS,dc=x' from group_policy where name = 'Default'`;
    const identity = somebody({ groups: ['CN=Reps,DC=X'] });
    vouchFor(identity);
    expect((await signIn(identity.username)).kind).toBe('signed_in');
    vouchFor({ ...identity, groups: [] });
    await expect(signIn(identity.username)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(world.published).toContainEqual({ kind: 'user_rights_changed', userId: expect.any(Number) });
  });

  it('never takes over an account of another provider, local ones included', async () => {
    await world.provider('ldap', `Twin ${names}`);
    const local = somebody();
    await world.database.sql`
      insert into app_user (username, password_hash) values (${local.username}, 'hash:local secret')`;
    vouchFor({ ...local, externalId: 'evil' }, 'directory secret');
    // The name is local, so the directory is not even asked.
    await expect(signIn(local.username, 'directory secret')).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    const saml = await world.provider('saml', `SAML twin ${names}`);
    world.script.returned = () => ({ ...local, externalId: 'evil' });
    const sent = await world.beginnings.atProvider(saml, BROWSER, { returnTo: '/login' });
    await comeBack(saml, sent);
    await expect(finish(sent)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await world.audited()).at(-1)!.after).toMatchObject({
      reason: 'the user name belongs to an account of another provider',
    });
  });

  it('gets one account by many first sign-ins at once', async () => {
    await world.provider('ldap', `Twice ${names}`);
    const identity = somebody();
    vouchFor(identity);
    // An attempt counts as a failure until its password has proved right: as many as do not lock the account.
    const all = await Promise.all(
      Array.from({ length: DEFAULT_SITE_SETTINGS.user_lockout_attempts }, () => signIn(identity.username)),
    );
    expect(all.map(({ kind }) => kind)).toEqual(all.map(() => 'signed_in'));
    expect(await accounts(identity.username)).toHaveLength(1);
  });

  it('stays out while the account is disabled here', async () => {
    await world.provider('ldap', `Disabled ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await signIn(identity.username);
    await world.database.sql`update app_user set enabled = false where username = ${identity.username}`;
    await expect(signIn(identity.username)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await world.audited()).at(-1)!.after).toMatchObject({ reason: 'disabled' });
  });
});

describe('several providers', () => {
  it('are asked for a new name until one knows it, and one that is down is not taken for a wrong password', async () => {
    await world.provider('ldap', `Down ${names}`);
    const identity = somebody();
    world.script.password = () => 'down';
    await expect(signIn(identity.username)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Signing in is not possible at the moment. Try again later.',
    });
    // Hosts, accounts and search bases are for administrators.
    expect((await world.audited()).at(-1)).toMatchObject({
      type: 'user.sign_in_failed',
      after: { reason: 'The directory cannot be reached.', address: '192.0.2.7', method: 'password' },
    });
  });

  it('lock an account by wrong passwords wherever its password is kept', async () => {
    await world.provider('ldap', `Guessed ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await signIn(identity.username);
    for (let guess = 0; guess < 5; guess += 1) await signIn(identity.username, 'wrong').catch(() => {});
    let asked = false;
    world.script.password = () => {
      asked = true;
      return { outcome: 'accepted', identity };
    };
    await expect(signIn(identity.username)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(asked).toBe(false);
  });

  it('lock an account whatever other names the directory knows the person by', async () => {
    await world.provider('ldap', `Aliases ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await signIn(identity.username);
    world.script.password = (_username, password) =>
      password === 'right'
        ? { outcome: 'accepted', identity }
        : { outcome: 'refused', reason: 'wrong password', externalId: identity.externalId };
    for (let guess = 0; guess < 5; guess += 1) {
      await signIn(`${identity.username}@corp${guess}.example`, 'wrong').catch(() => {});
    }
    await expect(signIn(`${identity.username} `)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await world.audited()).at(-1)!.after).toMatchObject({ reason: 'locked' });
    await expect(signIn(identity.username)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('lock an account by wrong codes too, and forget them after a right one', async () => {
    await world.provider('ldap', `Codes ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await signIn(identity.username);
    world.script.password = () => ({ outcome: 'challenge', message: 'Code?', state: 's' });
    world.script.challenge = (code) =>
      code === 'right' ? { outcome: 'accepted', identity } : { outcome: 'refused', reason: 'wrong code' };
    const tried = async (code: string) => {
      const asked = await signIn(identity.username);
      if (asked.kind !== 'step') throw new Error('no step');
      return await world.service.goOn({ secret: asked.signIn }, { code }, BROWSER);
    };
    for (let guess = 0; guess < 4; guess += 1) await tried('wrong').catch(() => {});
    expect(await tried('right')).toMatchObject({ kind: 'signed_in' });
    for (let guess = 0; guess < 5; guess += 1) await tried('wrong').catch(() => {});
    await expect(tried('right')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await world.audited()).at(-1)!.after).toMatchObject({ reason: 'locked' });
  });

  it('may ask back, as often as they like, each question good for one answer', async () => {
    await world.provider('ldap', `Asking ${names}`);
    const identity = somebody();
    world.script.password = () => ({ outcome: 'challenge', message: 'Code 1?', state: 's1' });
    world.script.challenge = (response) =>
      response === 'one'
        ? { outcome: 'challenge', message: 'Code 2?', state: 's2' }
        : { outcome: 'accepted', identity };
    const first = await signIn(identity.username);
    if (first.kind !== 'step') throw new Error('no step');
    expect(first.step).toEqual({ step: 'challenge', message: 'Code 1?' });
    const second = await world.service.goOn({ secret: first.signIn }, { code: 'one' }, BROWSER);
    if (second.kind !== 'step') throw new Error('no step');
    expect(second.step.message).toBe('Code 2?');
    await expect(
      world.service.goOn({ secret: first.signIn }, { code: 'one' }, BROWSER),
    ).rejects.toMatchObject({ facts: { error: 'sign_in_over' } });
    const done = await world.service.goOn({ secret: second.signIn }, { code: 'two' }, BROWSER);
    expect(done).toMatchObject({ kind: 'signed_in', actor: { username: identity.username } });
  });
});

interface Sent {
  attemptId: string;
  secret: string;
  redirect: { kind: string };
}

function stateOf(sent: Sent): string {
  return new URL((sent.redirect as unknown as { url: string }).url).searchParams.get('state')!;
}

async function comeBack(provider: number, sent: Sent): Promise<void> {
  const page = await world.beginnings.returned(stateOf(sent), provider, { SAMLResponse: 'x' });
  expect(page).toEqual({ attemptId: sent.attemptId, returnTo: expect.stringMatching(/^\/(login|console)/) });
}

function finish(sent: Sent, secret = sent.secret) {
  return world.service.goOn({ secret, attemptId: sent.attemptId }, {}, BROWSER);
}

describe('a provider the browser is sent to', () => {
  it('signs in the browser that was sent, once', async () => {
    const provider = await world.provider('saml', `SAML ${names}`);
    const identity = somebody();
    world.script.returned = () => identity;
    const sent = await world.beginnings.atProvider(provider, BROWSER, { returnTo: '/console' });
    await comeBack(provider, sent);
    await expect(finish(sent, 'another browser')).rejects.toMatchObject({ facts: { error: 'sign_in_over' } });
    expect(await finish(sent)).toMatchObject({ kind: 'signed_in', actor: { username: identity.username } });
    await expect(finish(sent)).rejects.toMatchObject({ facts: { error: 'sign_in_over' } });
    expect(await world.beginnings.returned(stateOf(sent), provider, {})).toBeUndefined();
  });

  it('is not believed for an attempt that began at another one', async () => {
    const one = await world.provider('saml', `One ${names}`);
    const other = await world.provider('saml', `Other ${names}`);
    const sent = await world.beginnings.atProvider(one, BROWSER, { returnTo: '/login' });
    expect(await world.beginnings.returned(stateOf(sent), other, {})).toBeUndefined();
    await expect(finish(sent)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is told in the audit log and not on the screen what was wrong with its word', async () => {
    const provider = await world.provider('saml', `Forged ${names}`);
    world.script.returned = () => 'refused';
    const sent = await world.beginnings.atProvider(provider, BROWSER, { returnTo: '/login' });
    await comeBack(provider, sent);
    await expect(finish(sent)).rejects.toMatchObject({
      message: 'Signing in failed. An administrator can see the reason.',
    });
    expect((await world.audited()).at(-1)!.after).toMatchObject({
      reason: 'The signature is not by the known certificate.',
      provider: expect.stringMatching(/^Forged/),
      method: 'saml',
    });
  });

  it('sends one address away so often, since each time is a row', async () => {
    const provider = await world.provider('saml', `Flooded ${names}`);
    const flood = { ...BROWSER, address: '192.0.2.99' };
    const begin = () => world.beginnings.atProvider(provider, flood, { returnTo: '/login' });
    const results = await Promise.allSettled(Array.from({ length: 1300 }, begin));
    expect(results.some((one) => one.status === 'rejected' && one.reason.code === 'rate_limited')).toBe(true);
    await world.database.sql`delete from sign_in_attempt where address = ${flood.address}`;
  });

  it('can be tried by an administrator without anybody being signed in or provisioned', async () => {
    const provider = await world.provider('saml', `Tried ${names}`);
    await world.database.sql`update security_provider set enabled = false where id = ${provider}`;
    const identity = somebody();
    world.script.returned = () => identity;
    const sent = await world.beginnings.atProvider(provider, BROWSER, {
      returnTo: '/login',
      purpose: 'test',
    });
    await comeBack(provider, sent);
    expect(await finish(sent)).toEqual({ kind: 'tested', steps: [], identity });
    expect(await accounts(identity.username)).toEqual([]);
  });
});
