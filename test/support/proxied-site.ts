import { Argon2PasswordHasher } from '../../integrations/argon2/argon2-password-hasher.ts';
import { type TestAppliance, testAppliance } from './test-appliance.ts';

/** Of everybody that {@link ProxiedSite.person} makes. */
export const PASSWORD = 'a good long password';

/**
 * Two processes of one site behind a proxy that is believed: people come from many addresses, and what is counted and
 * decided is counted and decided for both.
 */
export interface ProxiedSite {
  one: TestAppliance;
  two: TestAppliance;
  /** A new local user with these settings. */
  person(settings?: object): Promise<{ id: number; username: string }>;
  stop(): Promise<void>;
}

export async function proxiedSite(): Promise<ProxiedSite> {
  const env = { BRIDGEHEAD_TRUSTED_PROXIES: '127.0.0.1' };
  const one = await testAppliance({ env });
  const two = await testAppliance({ env, database: one.database, dataDir: one.dataDir });
  const passwordHash = await new Argon2PasswordHasher().hash(PASSWORD);
  let people = 0;
  return {
    one,
    two,
    async person(settings = {}) {
      people += 1;
      const [row] = await one.sql<{ id: number; username: string }[]>`
        insert into app_user (username, public_display_name, password_hash, settings)
        values (${`person${people}`}, 'Sam', ${passwordHash}, ${one.sql.json(settings as never)}) returning id, username`;
      return row!;
    },
    async stop() {
      await two.stop();
      await one.stop();
    },
  };
}
