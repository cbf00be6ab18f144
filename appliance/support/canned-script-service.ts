import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
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
const CANNED_SCRIPT = new ObjectKind<CannedScript>({
  type: 'canned_script',
  noun: 'canned script',
  name: (script) => script.name,
});

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
    const script = (await this.#stores.cannedScripts.findById(id)) ?? CANNED_SCRIPT.missing(id);
    const teams = await teamsOfferedTo(actor, RIGHT, this.#stores);
    return isOffered(script.teamIds, teams) ? script : CANNED_SCRIPT.missing(id);
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
      await auditLog.record(CANNED_SCRIPT.created(actor, script));
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
      const before = await CANNED_SCRIPT.lock(cannedScripts, id, ifRevision);
      const { codeName, description, name, commands, elevated } = changes;
      const after: CannedScript = {
        ...before,
        ...named({ name, commands, elevated }),
        ...listsOf({ ...before, ...named(changes) }),
      };
      if (description !== undefined) after.description = description ?? '';
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, cannedScripts);
      return await CANNED_SCRIPT.update(cannedScripts, { auditLog, actor }, before, after);
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ cannedScripts, auditLog }) => {
      const script = await CANNED_SCRIPT.lock(cannedScripts, id, ifRevision);
      await cannedScripts.delete(id);
      await auditLog.record(CANNED_SCRIPT.deleted(actor, script));
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
