import { keyFingerprint } from '../../../agents/handshake.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import type { EcmHost, EcmPlugin } from '../../../appliance/ecm/ecm-host.ts';
import type { EcmHostService } from '../../../appliance/ecm/ecm-host-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, sendRevised } from '../revision.ts';

/** Hosts of the Endpoint Credential Manager: their keys, and what they are doing. */
export function ecmHostHandlers({ hosts }: { hosts: EcmHostService }): Partial<Handlers> {
  return {
    'api.config.ecm-host.index': async (req, res) => {
      const page = await hosts.list(actorOf(req), { state: req.query.state }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toEcmHost), total: page.total });
    },
    'api.config.ecm-host.show': async (req, res) => {
      sendRevised(res, await hosts.show(actorOf(req), req.params.id), toEcmHost);
    },
    'api.config.ecm-host.update': async (req, res) => {
      const { id } = req.params;
      const { name } = req.body;
      const actor = actorOf(req);
      const host =
        name === undefined
          ? await hosts.show(actor, id)
          : await hosts.rename(actor, id, name, revisionsOf(req));
      sendRevised(res, host, toEcmHost);
    },
    'api.config.ecm-host.destroy': async (req, res) => {
      await hosts.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.ecm-host.approve': async (req, res) => {
      sendRevised(res, await hosts.approve(actorOf(req), req.params.id), toEcmHost);
    },
    'api.config.ecm-host.revoke': async (req, res) => {
      sendRevised(res, await hosts.revoke(actorOf(req), req.params.id), toEcmHost);
    },
  };
}

function toEcmHost(host: EcmHost): AnswerOf<'api.config.ecm-host.show', 200> {
  return {
    id: host.id,
    name: host.name,
    state: host.state,
    connection: connectionOf(host),
    connected_since: dateTimeOrNull(host.connectedSince),
    hostname: host.hostname,
    private_ip: host.privateIp,
    public_ip: host.publicIp,
    version: host.version,
    key_fingerprint: keyFingerprint(host.identityPublicKey),
    plugins: host.plugins.map(toPlugin),
    enrolled_by: host.enrolledBy,
    enrolled_at: dateTime(host.enrolledAt),
    approved_by: host.approvedBy,
    approved_at: dateTimeOrNull(host.approvedAt),
    revoked_by: host.revokedBy,
    revoked_at: dateTimeOrNull(host.revokedAt),
    last_connect_timestamp: dateTimeOrNull(host.lastConnectTimestamp),
    last_disconnect_timestamp: dateTimeOrNull(host.lastDisconnectTimestamp),
    clone_suspected_at: dateTimeOrNull(host.cloneSuspectedAt),
  };
}

function connectionOf({
  connected,
  waitsFor,
}: EcmHost): AnswerOf<'api.config.ecm-host.show', 200>['connection'] {
  if (!connected) return 'disconnected';
  return waitsFor === undefined ? 'connected' : `waiting_for_${waitsFor}`;
}

function toPlugin({ capabilities, health, problem, ...plugin }: EcmPlugin) {
  return {
    ...plugin,
    capabilities: {
      health: capabilities.health,
      endpoint_search: capabilities.endpointSearch,
      session_started: capabilities.sessionStarted,
      session_complete: capabilities.sessionComplete,
    },
    health: health ?? null,
    problem: problem ?? null,
  };
}
