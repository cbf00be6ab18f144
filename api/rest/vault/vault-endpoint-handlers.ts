import type { VaultEndpoint } from '../../../appliance/vault/vault-endpoint.ts';
import type { VaultEndpointService } from '../../../appliance/vault/vault-endpoint-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function vaultEndpointHandlers({
  vaultEndpoints: endpoints,
}: {
  vaultEndpoints: VaultEndpointService;
}): Partial<Handlers> {
  return {
    'api.config.vault.endpoint.index': async (req, res) => {
      const { name, hostname, description, domain_name: domainName, search } = req.query;
      const filter = { name, hostname, description, domainName, search };
      const page = await endpoints.list(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toEndpoint), total: page.total });
    },
    'api.config.vault.endpoint.store': async (req, res) => {
      const { name, hostname } = req.body;
      const endpoint = await endpoints.create(actorOf(req), { ...fromBody(req.body), name, hostname });
      setRevision(res, endpoint);
      sendCreated(res, `/vault/endpoint/${endpoint.id}`, toEndpoint(endpoint));
    },
    'api.config.vault.endpoint.show': async (req, res) => {
      sendRevised(res, await endpoints.show(actorOf(req), req.params.id), toEndpoint);
    },
    'api.config.vault.endpoint.update': async (req, res) => {
      const changes = fromBody(req.body);
      sendRevised(
        res,
        await endpoints.update(actorOf(req), req.params.id, changes, revisionsOf(req)),
        toEndpoint,
      );
    },
    'api.config.vault.endpoint.destroy': async (req, res) => {
      await endpoints.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.vault.endpoint.list-candidates': async (req, res) => {
      const ids = await endpoints.candidates(actorOf(req), req.params.id);
      res.json(ids.map((id) => ({ id })));
    },
    'api.config.vault.endpoint.associate': async (req, res) => {
      await endpoints.associate(actorOf(req), req.params.id, req.body.id);
      sendCreated(res, `/jump-item/remote-rdp/${req.body.id}`, { id: req.body.id });
    },
  };
}

function fromBody(body: BodyOf<'api.config.vault.endpoint.update'>) {
  return {
    name: body.name,
    hostname: body.hostname,
    description: body.description,
    operatingSystem: body.operating_system,
    domainName: body.domain_name,
    distinguishedName: body.distinguished_name,
    jumpointId: body.jumpoint_id,
    port: body.port,
    hostKey: body.host_key,
  };
}

function toEndpoint(endpoint: VaultEndpoint): AnswerOf<'api.config.vault.endpoint.show', 200> {
  return {
    id: endpoint.id,
    name: endpoint.name,
    operating_system: endpoint.operatingSystem,
    domain_name: endpoint.domainName,
    distinguished_name: endpoint.distinguishedName,
    hostname: endpoint.hostname,
    description: endpoint.description,
    jumpoint_id: endpoint.jumpointId,
    port: endpoint.port,
    host_key: endpoint.hostKey,
  };
}
