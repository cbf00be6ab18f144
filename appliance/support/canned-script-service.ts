import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import {
  type CannedScript,
  type CannedScriptFilter,
  SCRIPT_OPERATING_SYSTEMS,
  type ScriptOperatingSystem,
  SHELL_KINDS,
  type ShellKind,
} from './canned-script.ts';
import { tidyCategories } from './categories.ts';
import { isOffered, teamsInOrder, teamsOfferedTo } from './team-offer.ts';

const RIGHT = 'perm_edit_canned_scripts';

export interface CannedScriptInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  description?: string | null | undefined;
  commands: string;
  categories?: readonly string[] | undefined;
  teamIds?: readonly number[] | undefined;
  operatingSystems?: readonly ScriptOperatingSystem[] | undefined;
  shellKinds?: readonly ShellKind[] | undefined;
  elevated?: boolean | undefined;
}

/** Canned scripts. Representatives find those of their teams and those for everybody. */
export class CannedScriptService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, filter: CannedScriptFilter, page: PageRequest): Promise<Page<CannedScript>> {
    const teams = await teamsOfferedTo(actor, RIGHT, this.#stores);
    return await this.#stores.cannedScripts.find(filter, page, teams);
  }

  async show(actor: Actor, id: number): Promise<CannedScript> {
    const script = (await this.#stores.cannedScripts.findById(id)) ?? noSuchScript(id);
    const teams = await teamsOfferedTo(actor, RIGHT, this.#stores);
    return isOffered(script.teamIds, teams) ? script : noSuchScript(id);
  }

  async create(actor: Actor, input: CannedScriptInput): Promise<CannedScript> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ cannedScripts, auditLog }) => {
      const script = await cannedScripts.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, cannedScripts),
        description: input.description ?? '',
        commands: input.commands,
        elevated: input.elevated ?? false,
        ...listsOf(input),
      });
      await auditLog.record({
        type: 'canned_script.created',
        actor,
        object: audited(script),
        after: auditState(script),
      });
      return script;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<CannedScriptInput>,
    ifRevision?: WantedRevisions,
  ): Promise<CannedScript> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ cannedScripts, auditLog }) => {
      const before = (await cannedScripts.lockById(id)) ?? noSuchScript(id);
      requireRevision(before, ifRevision);
      const { codeName, description, name, commands, elevated } = changes;
      const after: CannedScript = {
        ...before,
        ...named({ name, commands, elevated }),
        ...listsOf({ ...before, ...named(changes) }),
      };
      if (description !== undefined) after.description = description ?? '';
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.name, cannedScripts);
      }
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await cannedScripts.update(after);
      await auditLog.record({ type: 'canned_script.updated', actor, object: audited(after), ...change });
      return { ...after, revision };
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ cannedScripts, auditLog }) => {
      const script = (await cannedScripts.lockById(id)) ?? noSuchScript(id);
      requireRevision(script, ifRevision);
      await cannedScripts.delete(id);
      await auditLog.record({
        type: 'canned_script.deleted',
        actor,
        object: audited(script),
        before: auditState(script),
      });
    });
  }
}

/** Lists as they are kept: each entry once, in an order that repeating them does not change. */
function listsOf(
  input: Pick<CannedScriptInput, 'categories' | 'teamIds' | 'operatingSystems' | 'shellKinds'>,
): Pick<CannedScript, 'categories' | 'teamIds' | 'operatingSystems' | 'shellKinds'> {
  return {
    categories: tidyCategories(input.categories ?? []),
    teamIds: teamsInOrder(input.teamIds ?? []),
    operatingSystems: SCRIPT_OPERATING_SYSTEMS.filter((system) => input.operatingSystems?.includes(system)),
    shellKinds: SHELL_KINDS.filter((kind) => input.shellKinds?.includes(kind)),
  };
}

function audited(script: CannedScript): { type: string; id: number; name: string } {
  return { type: 'canned_script', id: script.id, name: script.name };
}

function noSuchScript(id: number): never {
  throw new ApplianceError('not_found', `There is no canned script with id ${id}.`);
}
