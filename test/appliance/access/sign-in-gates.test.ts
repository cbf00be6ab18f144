import { describe, expect, it } from 'vitest';
import type { SignInGate } from '../../../appliance/access/sign-in-gate.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import { BROWSER } from '../../support/sign-in-world.ts';
import { names, sharedSignInWorld, signIn, somebody, vouchFor, world } from '../../support/vouched-people.ts';

sharedSignInWorld();

describe('gates', () => {
  const asking = (name: string, right: string): SignInGate => ({
    name,
    ruling: async () => ({ kind: 'ask', step: { step: 'second_factor', message: `${name}?` } }),
    answer: async (_context, { code }) =>
      code === right ? { kind: 'passed' } : { kind: 'wrong', reason: `wrong ${name}`, message: 'Not that.' },
  });

  async function begun() {
    await world.provider('ldap', `Gated ${names}`);
    const identity = somebody();
    vouchFor(identity);
    const outcome = await signIn(identity.username);
    if (outcome.kind !== 'step') throw new Error('no step');
    return { identity, step: outcome };
  }

  it('are asked one after the other, and the credential comes behind the last', async () => {
    const admitted: string[] = [];
    world.gates.push(asking('first', '1'), {
      ...asking('second', '2'),
      admitted: async ({ attempt }, credentialId) =>
        void admitted.push(`${attempt.passed} ${credentialId.length}`),
    });
    const { step } = await begun();
    const next = await world.service.goOn({ secret: step.signIn }, { code: '1' }, BROWSER);
    if (next.kind !== 'step') throw new Error('no step');
    expect(next.step.message).toBe('second?');
    const [{ count }] = (await world.database.sql`select count(*)::int as count from user_credential`) as [
      { count: number },
    ];
    const done = await world.service.goOn({ secret: next.signIn }, { code: '2' }, BROWSER);
    expect(done.kind).toBe('signed_in');
    expect(admitted).toEqual(['first,second 36']);
    const [after] = await world.database.sql`select count(*)::int as count from user_credential`;
    expect(after).toEqual({ count: count + 1 });
  });

  it('are asked again after a wrong answer, five times at most', async () => {
    world.gates.push(asking('code', 'right'));
    let { signIn: secret } = (await begun()).step;
    for (let wrong = 1; wrong < 5; wrong += 1) {
      const again = await world.service.goOn({ secret }, { code: 'wrong' }, BROWSER);
      if (again.kind !== 'step') throw new Error('no step');
      expect(again.step.problem).toBe('Not that.');
      secret = again.signIn;
    }
    await expect(world.service.goOn({ secret }, { code: 'wrong' }, BROWSER)).rejects.toMatchObject({
      facts: { error: 'sign_in_over' },
    });
    await expect(world.service.goOn({ secret }, { code: 'right' }, BROWSER)).rejects.toMatchObject({
      facts: { error: 'sign_in_over' },
    });
  });

  it('go on for a browser as a browser and for a program as a program', async () => {
    world.gates.push(asking('code', 'right'));
    const { step } = await begun();
    await expect(
      world.service.goOn({ secret: step.signIn }, { code: 'right' }, { ...BROWSER, kind: 'token' }),
    ).rejects.toMatchObject({ facts: { error: 'sign_in_over' } });
  });

  it('judge one of two answers that come at once', async () => {
    world.gates.push(asking('code', 'right'));
    const { step } = await begun();
    const both = await Promise.allSettled(
      [1, 2].map(() => world.service.goOn({ secret: step.signIn }, { code: 'right' }, BROWSER)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('tell somebody who has proven who they are why they stay out, and the audit log the reason', async () => {
    world.gates.push({
      name: 'licence',
      ruling: async () => ({
        kind: 'refuse',
        reason: 'no licence left',
        message: 'Every licence is in use.',
      }),
    });
    await world.provider('ldap', `Full ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await expect(signIn(identity.username)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'Every licence is in use.',
    });
    expect((await world.audited()).at(-1)!.after).toMatchObject({ reason: 'no licence left' });
  });

  it('that refuse at the very end leave no credential and the reason in the audit log', async () => {
    world.gates.push({
      name: 'licence',
      ruling: async () => ({ kind: 'passed' }),
      admitted: async () => {
        throw new ApplianceError('forbidden', 'Somebody was faster.');
      },
    });
    await world.provider('ldap', `Late ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await expect(signIn(identity.username)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'Somebody was faster.',
    });
    expect((await world.audited()).at(-1)).toMatchObject({
      type: 'user.sign_in_failed',
      after: { reason: 'licence: Somebody was faster.', method: 'password', address: '192.0.2.7' },
    });
    expect(
      await world.database.sql`
        select from user_credential c join app_user u on u.id = c.user_id where u.username = ${identity.username}`,
    ).toHaveLength(0);
  });

  it('end with the account: nothing goes on for somebody disabled, or signed out everywhere, meanwhile', async () => {
    world.gates.push(asking('code', 'right'));
    const { identity, step } = await begun();
    await world.database.sql`update app_user set enabled = false where username = ${identity.username}`;
    await expect(
      world.service.goOn({ secret: step.signIn }, { code: 'right' }, BROWSER),
    ).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('are not passed any more when the provider was disabled meanwhile', async () => {
    world.gates.push(asking('code', 'right'));
    const { step } = await begun();
    await world.database.sql`update security_provider set enabled = false where type = 'ldap'`;
    await expect(
      world.service.goOn({ secret: step.signIn }, { code: 'right' }, BROWSER),
    ).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await world.audited()).at(-1)!.after).toMatchObject({ reason: 'the provider is disabled' });
  });

  it('keep out calls with a password each, which could not answer', async () => {
    world.gates.push(asking('code', 'right'));
    await world.provider('ldap', `Calls ${names}`);
    const identity = somebody();
    vouchFor(identity);
    await expect(
      world.service.authenticateCall({ username: identity.username, password: 'right' }, '192.0.2.7'),
    ).rejects.toMatchObject({ code: 'unauthenticated' });
    world.gates.length = 0;
    expect(
      await world.service.authenticateCall({ username: identity.username, password: 'right' }, '192.0.2.7'),
    ).toMatchObject({ username: identity.username, credentialId: '' });
  });
});
