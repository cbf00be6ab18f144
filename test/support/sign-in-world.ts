import type { AccessPolicy } from '../../appliance/access/access-policy.ts';
import { KnownDevices } from '../../appliance/access/known-devices.ts';
import { LocalPasswords } from '../../appliance/access/local-passwords.ts';
import { PasskeySignIn } from '../../appliance/access/passkey-sign-in.ts';
import { PasswordIdentification } from '../../appliance/access/password-identification.ts';
import { SignInAdmission } from '../../appliance/access/sign-in-admission.ts';
import type { SignInOrigin } from '../../appliance/access/sign-in-attempt.ts';
import { SignInBeginnings } from '../../appliance/access/sign-in-beginnings.ts';
import type { SignInGate } from '../../appliance/access/sign-in-gate.ts';
import { SignInService } from '../../appliance/access/sign-in-service.ts';
import { systemClock } from '../../appliance/clock.ts';
import type {
  PasswordAnswer,
  ProviderIdentity,
  RedirectProvider,
} from '../../appliance/directory/identity-provider.ts';
import { ProviderRegistry } from '../../appliance/directory/provider-registry.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { DEFAULT_SITE_SETTINGS } from '../../appliance/settings/site-settings.ts';
import { accessPolicyOf } from '../../appliance/settings/site-settings-cache.ts';
import type { SealedSecrets } from '../../appliance/vault/keys/sealed-secrets.ts';
import { PgUnitOfWork, pgStores } from '../../schema/pg-stores.ts';
import { secondFactorGround } from '../../server/second-factor-services.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

export const BROWSER: SignInOrigin = { kind: 'browser', address: '192.0.2.7', userAgent: 'test' };

/** What the scripted providers answer; tests change it. */
export interface Script {
  password: (username: string, password: string) => PasswordAnswer | 'down';
  challenge: (response: string) => PasswordAnswer;
  returned: () => ProviderIdentity | 'refused';
}

export interface SignInWorld {
  service: SignInService;
  beginnings: SignInBeginnings;
  script: Script;
  gates: SignInGate[];
  database: TestDatabase;
  published: unknown[];
  /** An LDAP provider (password) or SAML provider (redirect); everybody of it belongs to the policy Default. */
  provider(type: 'ldap' | 'saml', name: string, options?: { open?: boolean }): Promise<number>;
  /** Rows of the audit log of sign-ins since the last look, oldest first. */
  audited(): Promise<{ type: string; after: Record<string, unknown> }[]>;
  stop(): Promise<void>;
}

/** Nothing that is tried here keeps a secret. */
const NO_SECRETS = undefined as unknown as SealedSecrets;

/** The sign-in on a real database, with providers that follow a script in place of real ones. */
export async function signInWorld(policy?: Partial<AccessPolicy>): Promise<SignInWorld> {
  const database = await testDatabase();
  const stores = pgStores(database.sql);
  const unitOfWork = new PgUnitOfWork(database.sql);
  const script: Script = {
    password: () => ({ outcome: 'unknown' }),
    challenge: () => ({ outcome: 'refused', reason: 'no script' }),
    returned: () => 'refused',
  };
  const redirect: RedirectProvider = {
    begin: async (_source, { state }) => ({
      redirect: { kind: 'redirect', url: `https://idp.example/?state=${state}` },
      memo: 'm',
    }),
    finish: async (_source, { memo }, trace) => {
      const identity = script.returned();
      if (identity === 'refused' || memo !== 'm') {
        trace.failed('signature', 'The signature is not by the known certificate.');
        throw new ApplianceError('unauthenticated', 'Signing in failed.');
      }
      return { identity, providerSession: 'over-there' };
    },
  };
  const registry = new ProviderRegistry({
    adapters: {
      password: {
        ldap: {
          checkPassword: async (_source, { username, password }) => {
            const answer = script.password(username, password);
            if (answer === 'down')
              throw new ApplianceError('unavailable', 'The directory cannot be reached.');
            return answer;
          },
          answerChallenge: async (_source, { response }) => script.challenge(response),
        },
      },
      redirect: { saml: redirect },
      negotiate: {},
      directory: {},
      test: {},
    },
    stores,
    secrets: NO_SECRETS,
  });
  const passwords = {
    hash: async (text: string) => `hash:${text}`,
    verify: async (hash: string, text: string) => hash === `hash:${text}`,
  };
  const access = { current: () => ({ ...accessPolicyOf(DEFAULT_SITE_SETTINGS), ...policy }) };
  const published: unknown[] = [];
  const events = { publish: (event: unknown) => void published.push(event), subscribe: () => () => {} };
  const gates: SignInGate[] = [];
  const local = new LocalPasswords({
    stores,
    unitOfWork,
    passwords,
    policy: access,
    events,
    devices: new KnownDevices({ key: Buffer.alloc(32), clock: systemClock }),
  });
  const passkeys = new PasskeySignIn(
    secondFactorGround({ secrets: NO_SECRETS, clock: systemClock, publicUrl: 'https://site.example' }),
  );
  const service = new SignInService({
    stores,
    unitOfWork,
    registry,
    passwords: new PasswordIdentification({ stores, registry, local }),
    admission: new SignInAdmission({ stores, unitOfWork, policy: access, gates }),
    passkeys,
    events,
  });
  let seen = 0;
  return {
    service,
    beginnings: new SignInBeginnings({ stores, registry, passkeys }),
    script,
    gates,
    database,
    published,
    async provider(type, name, { open = true } = {}) {
      const settings = type === 'ldap' ? { user_authentication: true, group_lookup: true } : {};
      const [row] = await database.sql<{ id: number }[]>`
        insert into security_provider (type, name, priority, settings, default_group_policy_id)
        values (${type}, ${name}, (select count(*) from security_provider), ${database.sql.json(settings)},
                ${open ? database.sql`(select id from group_policy where name = 'Default')` : null}) returning id`;
      return row!.id;
    },
    async audited() {
      const rows = await database.sql<{ id: number; type: string; after: Record<string, unknown> }[]>`
        select id, event_type as type, after from audit_event where id > ${seen} order by id`;
      seen = rows.at(-1)?.id ?? seen;
      return rows.map(({ type, after }) => ({ type, after }));
    },
    stop: () => database.drop(),
  };
}
