import { mayConfigure } from '../access/configuration-rights.ts';
import { accessOf, type PersonAccess } from '../access/person-access.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Visibility } from '../jump/jump-item.ts';
import { grantOf } from '../jump/jump-item-grant.ts';
import { visibilityOf } from '../jump/jump-item-sight.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import {
  type AutomationEndpoint,
  type AutomationExecution,
  type AutomationJob,
  type AutomationResource,
  type AutomationScript,
  type EndpointFilter,
  type JobTarget,
  type Maker,
  MOST_ENDPOINTS_OF_A_JOB,
  type NewAutomationJob,
  type NewAutomationScript,
} from './endpoint-automation.ts';

export type AutomationScriptInput = Omit<NewAutomationScript, keyof Maker>;
export type AutomationJobInput = Omit<NewAutomationJob, keyof Maker> & { endpointIds: readonly number[] };

/**
 * `all`: who configures the site or administers automation. Anybody else makes jobs for machines with which that
 * person may start sessions, and sees those.
 */
type Reach = 'all' | PersonAccess;

/** Scripts that run on the machines behind Jump Clients. Jobs are kept; what runs them does not exist yet. */
export class EndpointAutomationService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async listScripts(actor: Actor, page: PageRequest): Promise<Page<AutomationScript>> {
    await this.#reachOf(actor);
    return await this.#stores.endpointAutomation.findScripts(page);
  }

  async showScript(actor: Actor, id: number): Promise<AutomationScript> {
    await this.#reachOf(actor);
    return (await this.#stores.endpointAutomation.findScript(id)) ?? nothing('script', id);
  }

  /** Needs all of automation: scripts are for everybody. */
  async createScript(actor: Actor, input: AutomationScriptInput): Promise<AutomationScript> {
    if ((await this.#reachOf(actor)) !== 'all') {
      throw new ApplianceError(
        'forbidden',
        'Making scripts needs perm_endpoint_automation to be administrator.',
      );
    }
    return await this.#unitOfWork.inTransaction(async ({ endpointAutomation, auditLog }) => {
      const script = await endpointAutomation.insertScript({
        ...input,
        resourceIds: [...new Set(input.resourceIds)],
        ...makerOf(actor),
      });
      await auditLog.record({
        type: 'endpoint_automation_script.created',
        actor,
        object: { type: 'endpoint_automation_script', id: script.id, name: script.name },
        after: auditState(script),
      });
      return script;
    });
  }

  async resourcesOfScript(actor: Actor, id: number): Promise<AutomationResource[]> {
    await this.showScript(actor, id);
    return await this.#stores.endpointAutomation.findResourcesOfScript(id);
  }

  async listResources(actor: Actor, page: PageRequest): Promise<Page<AutomationResource>> {
    await this.#reachOf(actor);
    return await this.#stores.endpointAutomation.findResources(page);
  }

  async showResource(actor: Actor, id: number): Promise<AutomationResource> {
    await this.#reachOf(actor);
    return (await this.#stores.endpointAutomation.findResource(id)) ?? nothing('resource', id);
  }

  /** Machines with a Jump Client that the actor sees. */
  async listEndpoints(
    actor: Actor,
    filter: EndpointFilter,
    page: PageRequest,
  ): Promise<Page<AutomationEndpoint>> {
    const visibility = visibilityIn(await this.#reachOf(actor));
    return await this.#stores.endpointAutomation.findEndpoints(filter, visibility, page);
  }

  async showEndpoint(actor: Actor, id: number): Promise<AutomationEndpoint> {
    const visibility = visibilityIn(await this.#reachOf(actor));
    return (await this.#stores.endpointAutomation.findEndpoint(id, visibility)) ?? nothing('endpoint', id);
  }

  /** People who do not administer automation see the jobs they made. */
  async listJobs(
    actor: Actor,
    filter: { name?: string | undefined },
    page: PageRequest,
  ): Promise<Page<AutomationJob>> {
    const reach = await this.#reachOf(actor);
    const createdByUserId = reach === 'all' ? undefined : reach.userId;
    return await this.#stores.endpointAutomation.findJobs({ ...filter, createdByUserId }, page);
  }

  async showJob(actor: Actor, id: number): Promise<AutomationJob> {
    const reach = await this.#reachOf(actor);
    const job = (await this.#stores.endpointAutomation.findJob(id)) ?? nothing('job', id);
    return reach === 'all' || job.createdByUserId === reach.userId ? job : nothing('job', id);
  }

  async executionsOf(actor: Actor, jobId: number): Promise<AutomationExecution[]> {
    await this.showJob(actor, jobId);
    return await this.#stores.endpointAutomation.findExecutions(jobId);
  }

  /**
   * Fails with `invalid` naming `endpoint_ids` for a machine that does not exist for the actor, has another operating
   * system, or with which the actor may not start sessions.
   */
  async createJob(actor: Actor, { endpointIds, ...input }: AutomationJobInput): Promise<AutomationJob> {
    const reach = await this.#reachOf(actor);
    const ids = [...new Set(endpointIds)].sort((a, b) => a - b);
    if (ids.length > MOST_ENDPOINTS_OF_A_JOB) {
      throw invalidField('endpoint_ids', `A job may have at most ${MOST_ENDPOINTS_OF_A_JOB} endpoints.`);
    }
    return await this.#unitOfWork.inTransaction(async ({ endpointAutomation, auditLog }) => {
      const targets = await endpointAutomation.lockTargets(ids);
      const known = new Set(targets.filter((target) => isWithin(reach, target)).map(({ id }) => id));
      refuseEndpoints(
        ids.filter((id) => !known.has(id)),
        (list) => `There is no endpoint with ${list}.`,
      );
      refuseEndpoints(
        targets
          .filter(({ operatingSystem }) => operatingSystem !== input.operatingSystem)
          .map(({ id }) => id),
        (list) => `${input.operatingSystem} is not the operating system of the endpoint with ${list}.`,
      );
      const job = await endpointAutomation.insertJob(
        { ...input, resourceIds: [...new Set(input.resourceIds)], ...makerOf(actor) },
        ids,
      );
      await auditLog.record({
        type: 'endpoint_automation_job.created',
        actor,
        object: { type: 'endpoint_automation_job', id: job.id, name: job.name },
        after: { ...auditState(job), endpoint_ids: ids },
      });
      return job;
    });
  }

  async #reachOf(actor: Actor): Promise<Reach> {
    if (mayConfigure(actor)) return 'all';
    if (actor.kind === 'user') {
      const facts = await this.#stores.accessFacts.find(actor.userId);
      const person = facts && accessOf(facts);
      if (person?.settings.perm_endpoint_automation === 'administrator') return 'all';
      if (person?.settings.perm_endpoint_automation === 'user') return person;
    }
    throw new ApplianceError(
      'forbidden',
      'This needs the Configuration API permission, administrator rights or perm_endpoint_automation.',
    );
  }
}

function visibilityIn(reach: Reach): Visibility {
  return reach === 'all' ? 'everything' : visibilityOf(reach);
}

/** Running a script on a machine is no less than a session: with one of its Jump Clients it has to be allowed. */
function isWithin(reach: Reach, { owners }: JobTarget): boolean {
  return reach === 'all' || owners.some((owner) => grantOf(reach, owner).has('perm_start'));
}

const MOST_NAMED = 10;

function refuseEndpoints(ids: readonly number[], sentence: (list: string) => string): void {
  if (ids.length === 0) return;
  const shown = ids.slice(0, MOST_NAMED).join(', ');
  const rest = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
  throw invalidField('endpoint_ids', sentence(`the id${ids.length === 1 ? '' : 's'} ${shown}${rest}`));
}

function makerOf(actor: Actor): Maker {
  return {
    createdByApiAccountId: actor.kind === 'api_account' ? actor.apiAccountId : null,
    createdByUserId: actor.kind === 'user' ? actor.userId : null,
  };
}

function nothing(noun: string, id: number): never {
  throw new ApplianceError('not_found', `There is no endpoint automation ${noun} with id ${id}.`);
}
