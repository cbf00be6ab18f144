import { jumpointInstaller } from '../agents/jumpoint/installer.ts';
import { encodeEnrolmentToken } from '../agents/protocol.ts';
import { operationAccess } from '../api/access/operation-access.ts';
import type { ContractDocument } from '../api/contract/contract-document.ts';
import { documentHandlers } from '../api/contract/document-handlers.ts';
import type { Handlers } from '../api/contract/handlers.ts';
import { accessHandlers } from '../api/rest/access/access-handlers.ts';
import { auditEventHandlers } from '../api/rest/audit/audit-event-handlers.ts';
import { commandLineHandlers } from '../api/rest/command-line/command-line-handlers.ts';
import { configurationAsCodeHandlers } from '../api/rest/configuration/configuration-handlers.ts';
import { directoryHandlers } from '../api/rest/directory/directory-handlers.ts';
import { ecmEndpointHandlers } from '../api/rest/ecm-hosts/ecm-endpoint-handlers.ts';
import { ecmHostHandlers } from '../api/rest/ecm-hosts/ecm-host-handlers.ts';
import { importHandlers } from '../api/rest/imports/import-handlers.ts';
import { installerHandlers } from '../api/rest/jump-clients/installer-handlers.ts';
import { jumpClientHandlers } from '../api/rest/jump-clients/jump-client-handlers.ts';
import { jumpItemBulkHandlers } from '../api/rest/jump-items/bulk-handlers.ts';
import { jumpItemHandlers } from '../api/rest/jump-items/jump-item-handlers.ts';
import { samlHandlers } from '../api/rest/reference-objects/saml-handlers.ts';
import { repInvitationHandlers } from '../api/rest/rep-invitations/rep-invitation-handlers.ts';
import { secondFactorHandlers } from '../api/rest/second-factors/second-factor-handlers.ts';
import { sessionHandlers } from '../api/rest/sessions/session-handlers.ts';
import { userPhotoHandlers } from '../api/rest/users/user-photo-handlers.ts';
import { credentialHandlers } from '../api/rest/vault/credential-handlers.ts';
import { vaultRotationHandlers } from '../api/rest/vault/vault-rotation-handlers.ts';
import { launchHandlers } from '../api/scripting/launch-handlers.ts';
import { signInEdge } from '../api/web/sign-in-edge.ts';
import { explainServices } from '../appliance/access/explain/explain-services.ts';
import type { Clock } from '../appliance/clock.ts';
import { JumpClientService } from '../appliance/jump/jump-client-service.ts';
import { JumpItemBulkService } from '../appliance/jump/jump-item-bulk-service.ts';
import { CredentialChooser } from '../appliance/vault/credential-chooser.ts';
import { commandLineArchiver } from '../integrations/files/command-line-archive.ts';
import { configurationAsCode } from './configuration-as-code.ts';
import { type ConfigurationEdge, configurationHandlers } from './configuration-services.ts';
import type { LiveSessions } from './live-sessions.ts';
import { packageVersion } from './product-version.ts';
import type { rotationServices } from './rotation-services.ts';
import type { SiteServices } from './site-services.ts';
import type { Storage } from './storage.ts';
import { vaultServiceHandlers } from './vault-services.ts';

/** What answers the contract's operations beside the document itself. */
export interface ContractHandlersDeps {
  publicUrl: string;
  storage: Storage;
  services: SiteServices;
  live: LiveSessions;
  rotation: ReturnType<typeof rotationServices>;
  clock: Clock;
}

/** Joins every operation of the contract to the service that does it. */
export async function contractHandlers(
  contract: ContractDocument,
  { publicUrl, storage, services, live, rotation, clock }: ContractHandlersDeps,
): Promise<Partial<Handlers>> {
  const { sql, stores, unitOfWork, settings, credentialEvents } = storage;
  const { signIn, jumpItems, imports, launches, vault } = services;
  const edge: ConfigurationEdge = {
    publicUrl,
    installers: {
      archiver: jumpointInstaller,
      enrolmentText: (token) =>
        encodeEnrolmentToken({ url: publicUrl, token, server_key: live.identity.publicKey }),
    },
  };
  const configuration = await configurationAsCode({
    sql,
    contract,
    ground: services.configurationGround,
    edge,
  });
  return {
    ...documentHandlers(contract),
    ...configurationHandlers(services.configuration, edge),
    ...configurationAsCodeHandlers({ configuration }),
    ...jumpItemHandlers({ jumpItems }),
    ...jumpItemBulkHandlers({
      bulk: new JumpItemBulkService({ unitOfWork, credentialEvents }),
      document: contract,
    }),
    ...jumpClientHandlers({ jumpClients: new JumpClientService({ stores, jumpItems }) }),
    ...installerHandlers({ installers: services.clientInstallers, publicUrl }),
    ...vaultServiceHandlers(vault),
    ...ecmHostHandlers({ hosts: live.ecm.hosts }),
    ...ecmEndpointHandlers({ endpoints: live.ecm.endpoints }),
    ...vaultRotationHandlers(rotation),
    ...commandLineHandlers({ archiver: commandLineArchiver(packageVersion()) }),
    ...importHandlers({ imports }),
    ...launchHandlers({ launches, publicUrl }),
    ...credentialHandlers({
      chooser: new CredentialChooser({
        stores,
        unitOfWork,
        jumpItems,
        sources: live.credentials,
        endpointHandles: live.ecm.endpointHandles,
        clock,
      }),
    }),
    ...sessionHandlers({ sessions: live.sessions, sessionStart: live.sessionStart }),
    ...auditEventHandlers({ auditLog: stores.auditLog }),
    ...accessHandlers(
      explainServices({ stores, settings, clock, operations: operationAccess(contract.operations) }),
    ),
    ...secondFactorHandlers(services.factors),
    ...repInvitationHandlers({ ...signIn, publicUrl }),
    ...signInEdge({
      ...signIn,
      userLogins: stores.userLogins,
      settings,
      secureCookies: publicUrl.startsWith('https:'),
    }),
    ...userPhotoHandlers(stores),
    ...directoryHandlers(signIn),
    ...samlHandlers(signIn.saml),
  };
}
