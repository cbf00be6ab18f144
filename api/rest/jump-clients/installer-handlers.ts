import { dateTime } from '../../../appliance/date-time.ts';
import {
  INSTALLER_OVERRIDES,
  INSTALLER_PLATFORMS,
  installerFileName,
  type JumpClientInstaller,
} from '../../../appliance/jump/jump-client-installer.ts';
import type {
  InstallerInput,
  JumpClientInstallerService,
} from '../../../appliance/jump/jump-client-installer-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { startModeOf } from './jump-client-handlers.ts';

export interface InstallerHandlerServices {
  installers: JumpClientInstallerService;
  /** Where the installed program finds this site. */
  publicUrl: string;
}

export function installerHandlers({ installers, publicUrl }: InstallerHandlerServices): Partial<Handlers> {
  return {
    'api.config.jump-client.installer.index': async (req, res) => {
      const { query } = req;
      // An installer has no machine yet.
      if (query.hostname !== undefined || query.fqdn !== undefined) {
        sendPage(req, res, { items: [], total: 0 });
        return;
      }
      const filter = {
        name: query.name,
        tag: query.tag,
        jumpGroupId: query.jump_group_id,
        jumpGroupType: query.jump_group_type,
        connectionType: query.connection_type,
      };
      const page = await installers.list(actorOf(req), filter, pageOf(query));
      sendPage(req, res, { items: page.items.map((installer) => toInstaller(installer)), total: page.total });
    },
    'api.config.jump-client.create-installer': async (req, res) => {
      const { installer, key } = await installers.create(actorOf(req), fromBody(req.body));
      const encodedInfo = encoded({ url: publicUrl, installer: installer.installerId, key });
      sendCreated(res, `/jump-client/installer/${installer.id}`, toInstaller(installer, encodedInfo));
    },
    'api.config.jump-client.installer.show': async (req, res) => {
      res.json(toInstaller(await installers.show(actorOf(req), req.params.id)));
    },
    'api.config.jump-client.installer.destroy': async (req, res) => {
      await installers.delete(actorOf(req), req.params.id);
      res.status(204).end();
    },
    'api.config.jump-client.download': async (req) => {
      await installers.download(req.params.installer_id);
    },
  };
}

function fromBody(body: BodyOf<'api.config.jump-client.create-installer'>): InstallerInput {
  const { session_policy_id: both = null } = body;
  const overrides = Object.fromEntries(INSTALLER_OVERRIDES.map((name) => [name, body[name]]));
  return {
    name: body.name,
    jumpGroupId: body.jump_group_id,
    jumpGroupType: body.jump_group_type,
    tag: body.tag,
    comments: body.comments,
    jumpPolicyId: body.jump_policy_id ?? null,
    attendedSessionPolicyId: body.attended_session_policy_id ?? both,
    sessionPolicyId: body.unattended_session_policy_id ?? both,
    publicSiteAddress: body.public_site_address,
    connectionType: body.connection_type,
    validMinutes: body.valid_duration,
    settings: {
      ...(overrides as Pick<InstallerInput['settings'], (typeof INSTALLER_OVERRIDES)[number]>),
      support_button_profile_code_name: body.support_button_profile_code_name,
      support_button_direct_queue: body.support_button_direct_queue,
      max_offline_minutes: body.max_offline_minutes,
      elevate_install: body.elevate_install,
      elevate_prompt: body.elevate_prompt,
      customer_client_start_mode: startModeOf(body) ?? 'normal',
      jumpoint_proxy: body.jumpoint_proxy,
    },
  };
}

/** Characters that survive a command line. */
function encoded(facts: object): string {
  return Buffer.from(JSON.stringify(facts)).toString('base64url');
}

type Answer = AnswerOf<'api.config.jump-client.installer.show', 200>;

function toInstaller(installer: JumpClientInstaller, encodedInfo?: string): Answer {
  const { settings, attendedSessionPolicyId: attended, sessionPolicyId: unattended } = installer;
  return {
    id: installer.id,
    jump_group_id: installer.jumpGroupId,
    jump_group_type: installer.jumpGroupType,
    name: installer.name,
    tag: installer.tag,
    comments: installer.comments,
    jump_policy_id: installer.jumpPolicyId,
    attended_session_policy_id: attended,
    unattended_session_policy_id: unattended,
    session_policy_id: attended === unattended ? unattended : null,
    public_site_address: installer.publicSiteAddress,
    ...settings,
    connection_type: installer.connectionType,
    expiration_timestamp: dateTime(installer.expiresAt),
    is_quiet: settings.customer_client_start_mode !== 'normal',
    installer_id: installer.installerId,
    key_info: keyInfo(installer.installerId, encodedInfo),
  };
}

/** Published members for Windows, and a member for each platform as older versions answered. */
function keyInfo(installerId: string, encodedInfo: string | undefined): Answer['key_info'] {
  const files = INSTALLER_PLATFORMS.map((platform) => [
    platform,
    {
      filename: installerFileName(installerId, platform),
      installerPath: `/download_client_connector?jc=${installerId}&p=${platform}`,
    },
  ]);
  const byPlatform = Object.fromEntries(files) as Record<string, { filename: string; installerPath: string }>;
  return {
    ...(encodedInfo !== undefined && { encodedInfo }),
    ...byPlatform['winNT-64-msi']!,
    ...byPlatform,
  } as Answer['key_info'];
}
