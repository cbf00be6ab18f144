import type { JumpClient } from '../../../appliance/jump/jump-client.ts';
import type { JumpClientInput, JumpClientService } from '../../../appliance/jump/jump-client-service.ts';
import { fieldOf, KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, setRevision } from '../revision.ts';

export function jumpClientHandlers({ jumpClients }: { jumpClients: JumpClientService }): Partial<Handlers> {
  return {
    'api.config.jump-client.index': async (req, res) => {
      const { query } = req;
      const filter = {
        name: query.name,
        hostname: query.hostname,
        fqdn: query.fqdn,
        tag: query.tag,
        jumpGroupId: query.jump_group_id,
        jumpGroupType: query.jump_group_type,
        consoleUser: query.console_user,
        publicIp: query.public_ip,
        privateIp: query.private_ip,
        connectionType: query.connection_type,
      };
      const page = await jumpClients.list(actorOf(req), filter, pageOf(query));
      sendPage(req, res, { items: page.items.map(toClient), total: page.total });
    },
    'api.config.jump-client.show': async (req, res) => {
      const client = await jumpClients.show(actorOf(req), req.params.id);
      setRevision(res, client.item);
      res.json(toClient(client));
    },
    'api.config.jump-client.update': async (req, res) => {
      const changes = fromBody(req.body);
      const client = await jumpClients.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      setRevision(res, client.item);
      res.json(toClient(client));
    },
    'api.config.jump-client.destroy': async (req, res) => {
      await jumpClients.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.jump-client.copy': async (req, res) => {
      const { jump_group_id: jumpGroupId, jump_group_type: jumpGroupType, name } = req.body;
      const made = await jumpClients.copy(actorOf(req), req.params.id, { jumpGroupId, jumpGroupType, name });
      res.json({ action: 'copy', success: '1', destId: made.id });
    },
  };
}

function fromBody(body: BodyOf<'api.config.jump-client.update'>): JumpClientInput {
  const both = body.session_policy_id;
  const attended = body.attended_session_policy_id;
  const unattended = body.unattended_session_policy_id;
  return {
    name: body.name,
    jumpGroupId: body.jump_group_id,
    jumpGroupType: body.jump_group_type,
    tag: body.tag,
    comments: body.comments,
    jumpPolicyId: body.jump_policy_id,
    sessionPolicyId: unattended === undefined ? both : unattended,
    externalId: body.external_id,
    publicSiteAddress: body.public_site_address,
    fields: {
      attended_session_policy_id: attended === undefined ? both : attended,
      support_button_profile_code_name: body.support_button_profile_code_name,
      support_button_direct_queue: body.support_button_direct_queue,
      customer_client_start_mode: startModeOf(body),
      max_offline_minutes: body.max_offline_minutes,
      endpoint_agreement_policy: body.endpoint_agreement_policy,
    },
  };
}

/** The newer field wins over the older switch; undefined when neither is there. */
export function startModeOf<Mode extends string>(body: {
  customer_client_start_mode?: Mode | null | undefined;
  is_quiet?: boolean | null | undefined;
}): Mode | 'minimized' | 'normal' | null | undefined {
  if (body.customer_client_start_mode != null) return body.customer_client_start_mode;
  if (body.is_quiet == null) return body.customer_client_start_mode;
  return body.is_quiet ? 'minimized' : 'normal';
}

type Answer = AnswerOf<'api.config.jump-client.show', 200>;

function toClient({ item, state }: JumpClient): Answer {
  const own = Object.fromEntries(
    KINDS.jump_client.fields.map((field) => [field.name, fieldOf(item, field)]),
  ) as Pick<Answer, OwnField>;
  const { attendedSessionPolicyId: attended, sessionPolicyId: unattended } = item;
  return {
    id: item.id,
    name: item.name,
    jump_group_id: item.jumpGroupId,
    jump_group_type: item.jumpGroupType,
    hostname: item.hostname,
    fqdn: state.fqdn,
    tag: item.tag,
    comments: item.comments,
    jump_policy_id: item.jumpPolicyId,
    ...own,
    attended_session_policy_id: attended,
    unattended_session_policy_id: unattended,
    session_policy_id: attended === unattended ? unattended : null,
    public_site_address: state.publicSiteAddress,
    is_quiet: own.customer_client_start_mode !== 'normal',
    install_mode: state.installMode,
    connection_type: state.connectionType,
    last_connect_timestamp: dateTimeOrNull(state.lastConnectedAt),
    last_disconnect_timestamp: dateTimeOrNull(state.lastDisconnectedAt),
    is_lost: state.isLost,
    needs_update: state.needsUpdate,
    unavailable_reason: state.unavailableReason,
    operating_system: state.operatingSystem,
    public_ip: state.publicIp,
    private_ip: state.privateIp,
    console_user: state.consoleUser,
    expiration_timestamp: dateTimeOrNull(state.expiresAt),
    last_access_timestamp: dateTimeOrNull(state.lastAccessedAt),
    external_id: item.externalId,
  };
}

type OwnField =
  | 'support_button_profile_code_name'
  | 'support_button_direct_queue'
  | 'customer_client_start_mode'
  | 'max_offline_minutes'
  | 'endpoint_agreement_policy';
