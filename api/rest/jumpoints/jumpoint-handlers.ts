import { dateTime } from '../../../appliance/date-time.ts';
import type { EnrolmentTokenService } from '../../../appliance/jump/enrolment-token-service.ts';
import type {
  EnrolmentToken,
  JumpointNode,
  ListedJumpoint,
  ProvisionedTarget,
} from '../../../appliance/jump/jumpoint.ts';
import type { JumpointArchiver } from '../../../appliance/jump/jumpoint-archive.ts';
import type { JumpointService } from '../../../appliance/jump/jumpoint-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export interface JumpointHandlerServices {
  jumpoints: JumpointService;
  enrolmentTokens: EnrolmentTokenService;
  archiver: JumpointArchiver;
  /** What an operator types: the token with the address and the key of this appliance. */
  enrolmentText: (token: string) => string;
}

export function jumpointHandlers(services: JumpointHandlerServices): Partial<Handlers> {
  const { jumpoints } = services;
  return {
    ...installationHandlers(services),
    'api.config.jumpoint.index': async (req, res) => {
      const { name, code_name: codeName, public_ip: publicIp, private_ip: privateIp } = req.query;
      const { hostname, search } = req.query;
      const filter = { name, codeName, publicIp, privateIp, hostname, search };
      const page = await jumpoints.list(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toJumpoint), total: page.total });
    },
    'api.config.jumpoint.store': async (req, res) => {
      const { name, platform } = req.body;
      const jumpoint = await jumpoints.create(actorOf(req), { ...fromRequest(req.body), name, platform });
      setRevision(res, jumpoint);
      sendCreated(res, `/jumpoint/${jumpoint.id}`, toJumpoint(jumpoint));
    },
    'api.config.jumpoint.show': async (req, res) => {
      sendRevised(res, await jumpoints.show(actorOf(req), req.params.id), toJumpoint);
    },
    'api.config.jumpoint.update': async (req, res) => {
      const changes = fromRequest(req.body);
      const jumpoint = await jumpoints.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, jumpoint, toJumpoint);
    },
    'api.config.jumpoint.destroy': async (req, res) => {
      await jumpoints.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.jumpoint.node.index': async (req, res) => {
      res.json((await jumpoints.listNodes(actorOf(req), req.params.id)).map(toNode));
    },
    'api.config.jumpoint.node.destroy': async (req, res) => {
      await jumpoints.revokeNode(actorOf(req), req.params.id, req.params.node_id);
      res.status(204).end();
    },
    'api.config.jumpoint.user.index': async (req, res) => {
      const page = await jumpoints.listMembers(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMember), total: page.total });
    },
    'api.config.jumpoint.user.store': async (req, res) => {
      const { user_id: userId } = req.body;
      await jumpoints.addMember(actorOf(req), req.params.id, userId);
      sendCreated(res, `/jumpoint/${req.params.id}/user/${userId}`, toMember(userId));
    },
    'api.config.jumpoint.user.show': async (req, res) => {
      await jumpoints.showMember(actorOf(req), req.params.id, req.params.user_id);
      res.json(toMember(req.params.user_id));
    },
    'api.config.jumpoint.user.destroy': async (req, res) => {
      await jumpoints.removeMember(actorOf(req), req.params.id, req.params.user_id);
      res.status(204).end();
    },
  };
}

/** How programs get onto hosts: the archive and the tokens that enrol them. */
function installationHandlers({
  enrolmentTokens,
  archiver,
  enrolmentText,
}: JumpointHandlerServices): Partial<Handlers> {
  return {
    'api.config.jumpoint.download': async (req, res) => {
      const actor = actorOf(req);
      const { id } = req.params;
      await enrolmentTokens.requireRoomForProgram(actor, id);
      // A browser follows links that others planted, and a link must not create anything. HEAD creates nothing either.
      const holdsToken = actor.kind === 'api_account' && req.method === 'GET';
      const token = holdsToken ? (await enrolmentTokens.mint(actor, id)).token : undefined;
      const { fileName, archive } = await archiver(token === undefined ? undefined : enrolmentText(token));
      res.set('Content-Disposition', `attachment; filename="${fileName}"`);
      res.type('application/x-executable').send(archive);
    },
    'api.config.jumpoint.enrolment-token.index': async (req, res) => {
      res.json((await enrolmentTokens.list(actorOf(req), req.params.id)).map(toToken));
    },
    'api.config.jumpoint.enrolment-token.store': async (req, res) => {
      const { id } = req.params;
      const { record, token } = await enrolmentTokens.mint(actorOf(req), id, {
        uses: req.body?.uses ?? undefined,
        lifetimeSeconds: req.body?.expires_in ?? undefined,
      });
      const answer: AnswerOf<'api.config.jumpoint.enrolment-token.store', 201> = {
        ...toToken(record),
        token: enrolmentText(token),
      };
      sendCreated(res, `/jumpoint/${id}/enrolment-token/${record.id}`, answer);
    },
    'api.config.jumpoint.enrolment-token.destroy': async (req, res) => {
      await enrolmentTokens.revoke(actorOf(req), req.params.id, req.params.token_id);
      res.status(204).end();
    },
  };
}

function fromRequest(body: BodyOf<'api.config.jumpoint.update'>) {
  return {
    name: body.name,
    platform: body.platform,
    codeName: body.code_name === null ? '' : body.code_name,
    comments: body.comments === null ? '' : body.comments,
    enabled: body.enabled ?? undefined,
    clustered: body.clustered ?? undefined,
    shellJumpEnabled: body.shell_jump_enabled ?? undefined,
    shellJumpAccess: body.shell_jump_access ?? undefined,
    shellJumpRanges: body.shell_jump_ranges ?? undefined,
    shellJumpProvisioned: body.shell_jump_provisioned?.map(toProvisioned),
    externalJumpItemNetworkId:
      body.external_jump_item_network_id === null ? '' : body.external_jump_item_network_id,
    protocolTunnelEnabled: body.protocol_tunnel_enabled ?? undefined,
    managedRanges: body.managed_ip_ranges?.map(({ start, end }) => `${start}-${end}`),
    zoneProxy: {
      enabled: body.jzp_enabled ?? undefined,
      hostname: body.jzp_proxy_hostname === null ? '' : body.jzp_proxy_hostname,
      port: body.jzp_proxy_port ?? undefined,
      allowHttpGet: body.jzp_allow_http_get ?? undefined,
      clientAddressRestrictionsType: body.jzp_client_address_restrictions_type ?? undefined,
      restrictedIps: body.jzp_restricted_ips ?? undefined,
    },
  };
}

type WireTarget = NonNullable<BodyOf<'api.config.jumpoint.update'>['shell_jump_provisioned']>[number];

function toProvisioned({ hostname, protocol = 'ssh', port, username, name }: WireTarget): ProvisionedTarget {
  return {
    hostname,
    protocol,
    port: port ?? (protocol === 'telnet' ? 23 : 22),
    username: username ?? '',
    name: name ?? '',
  };
}

function toJumpoint(jumpoint: ListedJumpoint): AnswerOf<'api.config.jumpoint.show', 200> {
  const { zoneProxy } = jumpoint;
  return {
    id: jumpoint.id,
    name: jumpoint.name,
    platform: jumpoint.platform,
    code_name: jumpoint.codeName,
    comments: jumpoint.comments,
    enabled: jumpoint.enabled,
    connected: jumpoint.connected,
    clustered: jumpoint.clustered,
    shell_jump_enabled: jumpoint.shellJumpEnabled,
    external_jump_item_network_id: jumpoint.externalJumpItemNetworkId,
    protocol_tunnel_enabled: jumpoint.protocolTunnelEnabled,
    managed_ip_ranges: jumpoint.managedRanges.map((range) => {
      const [start = '', end = ''] = range.split('-');
      return { start, end };
    }),
    // There is no vault account to name yet, and no deployment by container or key.
    rdp_service_account_id: null,
    docker_deploy_key: '',
    key_info: '',
    jzp_enabled: zoneProxy.enabled,
    jzp_proxy_hostname: zoneProxy.hostname,
    jzp_proxy_port: zoneProxy.port,
    jzp_allow_http_get: zoneProxy.allowHttpGet,
    jzp_client_address_restrictions_type: zoneProxy.clientAddressRestrictionsType,
    jzp_restricted_ips: zoneProxy.restrictedIps,
    shell_jump_access: jumpoint.shellJumpAccess,
    shell_jump_ranges: jumpoint.shellJumpRanges,
    shell_jump_provisioned: jumpoint.shellJumpProvisioned,
  };
}

function toNode(node: JumpointNode): AnswerOf<'api.config.jumpoint.node.index', 200>[number] {
  return {
    id: node.id,
    last_connect_timestamp: dateTimeOrNull(node.lastConnectTimestamp),
    last_disconnect_timestamp: dateTimeOrNull(node.lastDisconnectTimestamp),
    public_ip: node.publicIp,
    private_ip: node.privateIp,
    hostname: node.hostname,
    connected: node.connected,
    version: node.version,
    enrolled_at: dateTime(node.enrolledAt),
    clone_suspected_at: dateTimeOrNull(node.cloneSuspectedAt),
  };
}

function toMember(userId: number): AnswerOf<'api.config.jumpoint.user.show', 200> {
  return { user_id: userId };
}

function toToken(token: EnrolmentToken): AnswerOf<'api.config.jumpoint.enrolment-token.index', 200>[number] {
  return {
    id: token.id,
    uses_left: token.usesLeft,
    expires_at: dateTime(token.expiresAt),
    created_at: dateTime(token.createdAt),
  };
}
