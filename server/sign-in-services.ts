import type { Logger } from 'pino';
import type { AccessPolicySource } from '../appliance/access/access-policy.ts';
import { AccountInUseGate } from '../appliance/access/account-in-use-gate.ts';
import { AgreementGate } from '../appliance/access/agreement-gate.ts';
import type { CredentialEvents } from '../appliance/access/credential-events.ts';
import { InvitationGate } from '../appliance/access/invitation-gate.ts';
import type { KnownDevices } from '../appliance/access/known-devices.ts';
import { LicenseGate } from '../appliance/access/license-gate.ts';
import { LocalPasswords } from '../appliance/access/local-passwords.ts';
import { NegotiateSignIn } from '../appliance/access/negotiate-sign-in.ts';
import { NetworkGate } from '../appliance/access/network-gate.ts';
import { OwnCredentialsService } from '../appliance/access/own-credentials-service.ts';
import { PasskeySignIn } from '../appliance/access/passkey-sign-in.ts';
import type { PasswordHasher } from '../appliance/access/password-hasher.ts';
import { PasswordIdentification } from '../appliance/access/password-identification.ts';
import { ProviderSignOut } from '../appliance/access/provider-sign-out.ts';
import { RepInvitationService } from '../appliance/access/rep-invitation-service.ts';
import { SecondFactorGate } from '../appliance/access/second-factor-gate.ts';
import { SignInAdmission } from '../appliance/access/sign-in-admission.ts';
import { SignInBeginnings } from '../appliance/access/sign-in-beginnings.ts';
import type { SignInGate } from '../appliance/access/sign-in-gate.ts';
import { SignInService } from '../appliance/access/sign-in-service.ts';
import { SignInStandings } from '../appliance/access/sign-in-standing.ts';
import type { Clock } from '../appliance/clock.ts';
import { DirectoryLookupService } from '../appliance/directory/directory-lookup-service.ts';
import { DirectorySyncService } from '../appliance/directory/directory-sync-service.ts';
import { ExternalLookup } from '../appliance/directory/external-lookup.ts';
import { type ProviderAdapters, ProviderRegistry } from '../appliance/directory/provider-registry.ts';
import { ProviderTestService } from '../appliance/directory/provider-test-service.ts';
import { SamlSetupService } from '../appliance/directory/saml-setup-service.ts';
import type { SecurityProviderType } from '../appliance/directory/security-provider.ts';
import { SecurityProviderService } from '../appliance/directory/security-provider-service.ts';
import type { OutboundHttp } from '../appliance/outbound-http.ts';
import { PortalIdentityTokens } from '../appliance/portals/portal-identity.ts';
import { PortalSignInService } from '../appliance/portals/portal-sign-in.ts';
import type { SiteSettingsSource } from '../appliance/settings/site-settings.ts';
import type { SiteKey } from '../appliance/site-key.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import type { SealedSecrets } from '../appliance/vault/keys/sealed-secrets.ts';
import { selfSignedRsaCertificate } from '../integrations/files/self-signed-certificate.ts';
import { kerberosProblem } from '../integrations/kerberos/kerberos-failure.ts';
import { KerberosProcess } from '../integrations/kerberos/kerberos-process.ts';
import { KerberosProvider } from '../integrations/kerberos/kerberos-provider.ts';
import { KerberosTester } from '../integrations/kerberos/kerberos-tester.ts';
import { LdapDirectory } from '../integrations/ldap/ldap-directory.ts';
import { LdapTester } from '../integrations/ldap/ldap-tester.ts';
import { OidcLinks } from '../integrations/oidc/oidc-link.ts';
import { OidcProvider } from '../integrations/oidc/oidc-provider.ts';
import { OidcTester } from '../integrations/oidc/oidc-tester.ts';
import { RadiusProvider } from '../integrations/radius/radius-provider.ts';
import { RadiusServers } from '../integrations/radius/radius-servers.ts';
import { RadiusTester } from '../integrations/radius/radius-tester.ts';
import { SamlLogout } from '../integrations/saml/saml-logout.ts';
import { ServiceProviderMetadata } from '../integrations/saml/saml-metadata.ts';
import { samlMetadataReader } from '../integrations/saml/saml-metadata-reader.ts';
import { SamlProvider } from '../integrations/saml/saml-provider.ts';
import { SamlTester } from '../integrations/saml/saml-tester.ts';
import type { SecondFactorGround } from './second-factor-services.ts';

export interface SignInDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  passwords: PasswordHasher;
  policy: AccessPolicySource;
  credentialEvents: CredentialEvents;
  secrets: SealedSecrets;
  http: OutboundHttp;
  siteKey: SiteKey;
  clock: Clock;
  /** What people and providers call this site by. */
  publicUrl: string;
  settings: SiteSettingsSource;
  factors: SecondFactorGround;
  devices: KnownDevices;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Everything that signs people in, joined to what stands behind each type of security provider. */
export function signInServices(deps: SignInDeps) {
  const { stores, unitOfWork, policy, devices, credentialEvents: events } = deps;
  const ldap = new LdapDirectory();
  const kerberos = new KerberosProcess();
  const radius = new RadiusServers();
  const lookup = new ExternalLookup(() => registry);
  const registry: ProviderRegistry = new ProviderRegistry({
    adapters: providerAdapters(deps, { ldap, kerberos, radius, lookup }),
    stores,
    secrets: deps.secrets,
  });
  const passwords = new LocalPasswords({
    stores,
    unitOfWork,
    passwords: deps.passwords,
    policy,
    events,
    devices,
  });
  const admission = new SignInAdmission({ stores, unitOfWork, policy, gates: signInGates(deps) });
  const passkeys = new PasskeySignIn(deps.factors);
  const signInService = new SignInService({
    stores,
    unitOfWork,
    registry,
    passwords: new PasswordIdentification({ stores, registry, local: passwords }),
    admission,
    passkeys,
    events,
  });
  const directorySyncs = new DirectorySyncService({
    stores,
    unitOfWork,
    credentialEvents: events,
    log: deps.log,
    registry,
  });
  return {
    registry,
    passwords,
    devices,
    passkeys,
    beginnings: new SignInBeginnings({ stores, registry, passkeys }),
    signInService,
    negotiateSignIn: new NegotiateSignIn({ registry, signInService }),
    repInvitations: new RepInvitationService({ stores, unitOfWork, admission, events }),
    standings: new SignInStandings({ stores, policy, events }),
    ownCredentials: new OwnCredentialsService({ stores, unitOfWork, registry, events }),
    providerTests: new ProviderTestService({ registry, stores }),
    directorySyncs,
    directoryLookups: new DirectoryLookupService({ registry, outcomes: stores.directoryOutcomes }),
    hostProblem: async (type: SecurityProviderType) =>
      type === 'kerberos' ? await kerberosProblem(kerberos) : undefined,
    /** Ends what the providers do and keep between sign-ins. */
    stop: async () => {
      await directorySyncs.stop();
      ldap.close();
      radius.close();
      await kerberos.stop();
    },
    saml: samlServices(deps, registry),
  };
}

/** What SAML needs beside the sign-in: setting it up, single logout, and customers of public portals. */
function samlServices(deps: SignInDeps, registry: ProviderRegistry) {
  const { stores, unitOfWork, credentialEvents: events, publicUrl, clock, http } = deps;
  const saml = { publicUrl, replays: stores.assertionReplays, clock };
  return {
    setup: new SamlSetupService({
      registry,
      providers: new SecurityProviderService({
        stores,
        unitOfWork,
        secrets: deps.secrets,
        credentialEvents: events,
      }),
      reader: samlMetadataReader,
      writer: new ServiceProviderMetadata({ publicUrl }),
      newKey: newSamlKey,
      http,
      clock,
      publicUrl,
    }),
    signOut: new ProviderSignOut({ stores, unitOfWork, registry, logout: new SamlLogout(saml), events }),
    portals: new PortalSignInService({
      stores,
      registry,
      provider: new SamlProvider(saml),
      tokens: new PortalIdentityTokens(deps.siteKey),
      clock,
    }),
  };
}

/** Identity providers keep certificates for long, and nobody checks who signed them. */
async function newSamlKey(name: string): Promise<{ certificate: string; privateKey: string }> {
  const { cert, key } = await selfSignedRsaCertificate(name, 3 * 365);
  return { certificate: cert, privateKey: key };
}

/** What stands behind each type of security provider. */
function providerAdapters(
  { http, publicUrl, log, clock, stores }: SignInDeps,
  kept: { ldap: LdapDirectory; kerberos: KerberosProcess; radius: RadiusServers; lookup: ExternalLookup },
): ProviderAdapters {
  const { ldap, kerberos, lookup } = kept;
  const oidc = new OidcLinks({ http, publicUrl });
  const samlTester = new SamlTester({ publicUrl, http, clock });
  const radius = new RadiusProvider({ servers: kept.radius, lookup });
  return {
    password: { ldap, radius },
    redirect: {
      oidc: new OidcProvider(oidc),
      saml: new SamlProvider({ publicUrl, replays: stores.assertionReplays, clock }),
    },
    negotiate: {
      kerberos: new KerberosProvider({
        library: kerberos,
        lookup,
        replays: stores.assertionReplays,
        clock,
        log,
      }),
    },
    directory: { ldap },
    test: {
      ldap: new LdapTester(),
      oidc: new OidcTester(oidc),
      kerberos: new KerberosTester({ publicUrl, lookup }),
      saml: samlTester,
      saml_portal: samlTester,
      radius: new RadiusTester({ servers: kept.radius, provider: radius }),
    },
  };
}

/** What is asked between a provider's word and a credential, in this order. */
function signInGates({ policy, settings, devices, factors, credentialEvents }: SignInDeps): SignInGate[] {
  return [
    new NetworkGate({ policy, devices }),
    new SecondFactorGate({ ...factors, settings }),
    new AgreementGate({ settings }),
    new AccountInUseGate({ settings, events: credentialEvents }),
    new LicenseGate({ settings }),
    new InvitationGate(),
  ];
}
