import type { EndpointAutomationService } from '../../../../appliance/support/endpoint-automation-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { toEndpoint, toExecution, toJob, toResource, toScript } from './endpoint-automation-answers.ts';

export function endpointAutomationHandlers({
  endpointAutomation,
}: {
  endpointAutomation: EndpointAutomationService;
}): Partial<Handlers> {
  return {
    ...scriptHandlers(endpointAutomation),
    ...jobHandlers(endpointAutomation),
    'api.config.endpoint-automation.resource.index': async (req, res) => {
      const { items, total } = await endpointAutomation.listResources(actorOf(req), pageOf(req.query));
      sendPage(req, res, { items: items.map(toResource), total });
    },
    'api.config.endpoint-automation.resource.show': async (req, res) => {
      res.json(toResource(await endpointAutomation.showResource(actorOf(req), req.params.id)));
    },
    'api.config.endpoint-automation.endpoint.index': async (req, res) => {
      const { operating_system: operatingSystem, names, tags, hostname } = req.query;
      const { public_ip: publicIp, private_ip: privateIp, jump_group_id: jumpGroupId } = req.query;
      const filter = { operatingSystem, names, tags, hostname, publicIp, privateIp, jumpGroupId };
      const page = pageOf(req.query);
      const { items, total } = await endpointAutomation.listEndpoints(actorOf(req), filter, page);
      sendPage(req, res, { items: items.map(toEndpoint), total });
    },
    'api.config.endpoint-automation.endpoint.show': async (req, res) => {
      res.json(toEndpoint(await endpointAutomation.showEndpoint(actorOf(req), req.params.id)));
    },
  };
}

function scriptHandlers(endpointAutomation: EndpointAutomationService): Partial<Handlers> {
  return {
    'api.config.endpoint-automation.script.index': async (req, res) => {
      const { items, total } = await endpointAutomation.listScripts(actorOf(req), pageOf(req.query));
      sendPage(req, res, { items: items.map(toScript), total });
    },
    'api.config.endpoint-automation.script.store': async (req, res) => {
      const { name, cmd, script, operating_system: operatingSystem } = req.body;
      const created = await endpointAutomation.createScript(actorOf(req), {
        name,
        cmd,
        script,
        operatingSystem,
        description: req.body.description ?? '',
        tag: req.body.tag ?? '',
        resourceIds: req.body.resource_ids ?? [],
      });
      sendCreated(res, `/endpoint-automation/script/${created.id}`, toScript(created));
    },
    'api.config.endpoint-automation.script.show': async (req, res) => {
      res.json(toScript(await endpointAutomation.showScript(actorOf(req), req.params.id)));
    },
    'api.config.endpoint-automation.script.resource': async (req, res) => {
      const resources = await endpointAutomation.resourcesOfScript(actorOf(req), req.params.id);
      res.json(resources.map(toResource));
    },
  };
}

function jobHandlers(endpointAutomation: EndpointAutomationService): Partial<Handlers> {
  return {
    'api.config.endpoint-automation.job.index': async (req, res) => {
      const filter = { name: req.query.name };
      const { items, total } = await endpointAutomation.listJobs(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: items.map(toJob), total });
    },
    'api.config.endpoint-automation.job.store': async (req, res) => {
      const { name, notes, tag, operating_system: operatingSystem, payload } = req.body;
      const job = await endpointAutomation.createJob(actorOf(req), {
        name,
        operatingSystem,
        notes: notes ?? '',
        tag: tag ?? '',
        startAt: new Date(req.body.start_at),
        endpointIds: req.body.endpoint_ids,
        cmd: payload.cmd,
        script: payload.script,
        resourceIds: payload.resource_ids ?? [],
      });
      sendCreated(res, `/endpoint-automation/job/${job.id}`, toJob(job));
    },
    'api.config.endpoint-automation.job.show': async (req, res) => {
      res.json(toJob(await endpointAutomation.showJob(actorOf(req), req.params.id)));
    },
    'api.config.endpoint-automation.job.execution.index': async (req, res) => {
      const executions = await endpointAutomation.executionsOf(actorOf(req), req.params.id);
      res.json(executions.map(toExecution));
    },
  };
}
