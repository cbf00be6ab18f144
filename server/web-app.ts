import { fileURLToPath } from 'node:url';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { auditedRefusals } from '../api/access/audited-refusals.ts';
import { contractGate } from '../api/access/contract-gate.ts';
import { createApp } from '../api/app.ts';
import { ContractDocument } from '../api/contract/contract-document.ts';
import { contractRouter } from '../api/contract/contract-router.ts';
import { referenceRoutes } from '../api/contract/reference-routes.ts';
import type { TrustedProxies } from '../api/http/client-address.ts';
import { hostCheck } from '../api/http/host-check.ts';
import { securityHeaders } from '../api/http/security-headers.ts';
import { tokenRoutes } from '../api/oauth/token-routes.ts';
import { oidcCallbackRoutes } from '../api/oidc/oidc-callback-routes.ts';
import { probeRoutes } from '../api/probes.ts';
import { ecmEnrolmentRoutes } from '../api/realtime/ecm-enrolment-routes.ts';
import { enrolmentRoutes } from '../api/realtime/enrolment-routes.ts';
import { portalSignInRoutes } from '../api/saml/portal-sign-in-routes.ts';
import { samlRoutes } from '../api/saml/saml-routes.ts';
import { scimRoutes } from '../api/scim/scim-routes.ts';
import { clientScriptRoutes } from '../api/scripting/client-script-routes.ts';
import { siteRoutes } from '../api/site/site-routes.ts';
import { uiRoutes } from '../api/web/ui-routes.ts';
import { limitedSignIn } from '../api/xml/legacy-sign-in.ts';
import { xmlRoutes } from '../api/xml/xml-routes.ts';
import { ScimGroupService } from '../appliance/directory/scim-group-service.ts';
import { ScimUserService } from '../appliance/directory/scim-user-service.ts';
import { sightOf } from '../appliance/sessions/session-sight.ts';
import { type Config, isLoopback } from '../config.ts';
import { PgSessionReports } from '../schema/reports/pg-session-reports.ts';
import { type ContractHandlersDeps, contractHandlers } from './contract-handlers.ts';
import { productVersion } from './product-version.ts';
import { vaultKeyBackup } from './vault-keys.ts';

/** Where the contract's paths hang. */
const CONTRACT_PATH = '/api/config/v1';

export interface WebAppDeps extends Omit<ContractHandlersDeps, 'publicUrl'> {
  config: Config;
  trustsProxy: TrustedProxies;
  /** False once the server stops: load balancers and XML callers are told. */
  accepting: () => boolean;
  validateResponses: boolean;
  metrics: Registry;
  log: Logger;
}

/** Everything that is answered over HTTP, in the order in which a request passes it. */
export async function webApp(deps: WebAppDeps): Promise<Express> {
  const { config, storage, services, live, metrics, log } = deps;
  const { publicUrl } = config;
  const { stores } = storage;
  const { signIn } = services;
  const { site, identity } = live;
  const secureCookies = publicUrl.startsWith('https:');
  const urls = () => live.urls();
  const contract = ContractDocument.ofThisVersion();
  return createApp({
    log,
    metrics,
    gate: { authenticator: services.authenticator, site },
    trustsProxy: deps.trustsProxy,
    probes: probeRoutes({
      metrics,
      pingDatabase: storage.ping,
      accepting: deps.accepting,
      mayReadMetrics: (address) => isLoopback(address.replace(/^::ffff:/, '')),
    }),
    guards: [
      hostCheck(site),
      securityHeaders(site, { tls: secureCookies, formTargets: () => signIn.registry.formOrigins() }),
    ],
    routers: [
      // First, because most calls are for it: they need not pass the paths of the others.
      referenceRoutes(contract, CONTRACT_PATH),
      contractRouter({
        document: contract,
        handlers: await contractHandlers(contract, { ...deps, publicUrl }),
        gate: contractGate(CONTRACT_PATH),
        basePath: CONTRACT_PATH,
        publicUrl,
        log,
        onFailure: auditedRefusals(stores.auditLog),
        validateResponses: deps.validateResponses,
      }),
      uiRoutes(fileURLToPath(new URL('../dist/ui', import.meta.url))),
      tokenRoutes(services.tokenIssuer, log),
      vaultKeyBackup({ unitOfWork: storage.unitOfWork, clock: deps.clock, keyFile: config.siteKeyFile }),
      scimRoutes({
        services: {
          users: new ScimUserService(storage),
          groups: new ScimGroupService(storage),
        },
        provisioning: services.configuration.scimProvisioning,
        publicUrl,
        log,
      }),
      enrolmentRoutes({ connections: live.connections, identity, urls }),
      ecmEnrolmentRoutes({ connections: live.ecm.connections, identity, urls }),
      oidcCallbackRoutes(signIn.beginnings),
      samlRoutes({ ...signIn, ...signIn.saml, secureCookies }),
      portalSignInRoutes({ portals: signIn.saml.portals, secureCookies }),
      clientScriptRoutes(storage.settings),
      siteRoutes({ settings: storage.settings, installers: services.clientInstallers }),
      ...xmlRouters(deps),
    ],
  });
}

/** The XML command and reporting APIs. */
function xmlRouters({ config, storage, services, live, clock, accepting, log }: WebAppDeps) {
  return xmlRoutes(
    {
      site: {
        applianceGuid: storage.applianceGuid,
        publicUrl: config.publicUrl,
        productVersion: productVersion(),
        settings: storage.settings,
        problem: async () => (accepting() ? undefined : 'The server is stopping.'),
      },
      clock,
      sessions: live.sessions,
      vaultActivity: services.vault.activity,
      sightOf: (actor) => sightOf(actor, storage.stores),
      imports: services.imports,
      reports: new PgSessionReports(storage.sql),
    },
    { legacySignIn: limitedSignIn(services.signIn.signInService, services.userCallLimiter), log },
  );
}
