import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { ProviderIdentity } from '../../appliance/directory/identity-provider.ts';
import { BROWSER, type SignInWorld, signInWorld } from './sign-in-world.ts';

export let world: SignInWorld;
/** How many people there were so far: for names that nobody has. */
export let names = 0;

/** One world for all tests of a file; each begins without gates and without providers. */
export function sharedSignInWorld(): void {
  beforeAll(async () => {
    world = await signInWorld();
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    world.gates.length = 0;
    await world.database.sql`update security_provider set enabled = false where type <> 'local'`;
    await world.audited();
  });
}

/** Somebody new for each test. */
export function somebody(more: Partial<ProviderIdentity> = {}): ProviderIdentity {
  names += 1;
  return { externalId: `guid-${names}`, username: `person${names}`, displayName: `Person ${names}`, ...more };
}

/** The provider knows this person, and their password. */
export function vouchFor(identity: ProviderIdentity, rightPassword = 'right'): void {
  world.script.password = (username, password) => {
    if (username.toLowerCase() !== identity.username.toLowerCase()) return { outcome: 'unknown' };
    return password === rightPassword
      ? { outcome: 'accepted', identity }
      : { outcome: 'refused', reason: 'wrong password' };
  };
}

export const signIn = (username: string, password = 'right') =>
  world.service.signIn({ username, password }, BROWSER);
