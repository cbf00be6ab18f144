import type { CredentialReleases } from '../appliance/sessions/credential-releases.ts';
import type { Job } from './job.ts';

/** Gives back the credentials of sessions that have ended: those nobody gave back at once, and those to be tried again. */
export function releaseCredentials(releases: CredentialReleases): Job {
  return {
    name: 'release-credentials',
    schedule: '*/5 * * * * *',
    run: async () => {
      const count = await releases.carryOut();
      return count > 0 ? `gave back ${count} credentials` : undefined;
    },
  };
}
