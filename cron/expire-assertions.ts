import type { AssertionReplays } from '../appliance/directory/assertion-replays.ts';
import type { PortalSignIns } from '../appliance/portals/portal-sign-in.ts';
import type { Job } from './job.ts';

/** Forgets assertions that nobody could use any more, and customers who never came back from their provider. */
export function expireAssertions(stores: {
  assertionReplays: AssertionReplays;
  portalSignIns: PortalSignIns;
}): Job {
  return {
    name: 'expire-assertions',
    schedule: '30 */10 * * * *',
    run: async () => {
      const assertions = await stores.assertionReplays.deleteExpired();
      const signIns = await stores.portalSignIns.deleteExpired();
      return assertions + signIns === 0 ? undefined : `forgot ${assertions} assertions, ${signIns} sign-ins`;
    },
  };
}
