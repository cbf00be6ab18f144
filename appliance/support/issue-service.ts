import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { Issue, IssueFilter, IssuePriority } from './issue.ts';

const RIGHT = 'perm_edit_issues';
const ISSUE = new ObjectKind<Issue>({ type: 'issue', noun: 'issue', name: (issue) => issue.name });

export interface IssueInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  description?: string | null | undefined;
  active?: boolean | undefined;
  priority?: IssuePriority | undefined;
  skillIds?: readonly number[] | undefined;
  /** The order is that in which they are offered the session. */
  teamIds?: readonly number[] | undefined;
}

/** What customers can ask for help with. */
export class IssueService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(filter: IssueFilter, page: PageRequest): Promise<Page<Issue>> {
    return await this.#stores.issues.find(filter, page);
  }

  async show(id: number): Promise<Issue> {
    return (await this.#stores.issues.findById(id)) ?? ISSUE.missing(id);
  }

  async create(actor: Actor, input: IssueInput): Promise<Issue> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ issues, auditLog }) => {
      const issue = await issues.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, issues),
        description: input.description ?? '',
        active: input.active ?? true,
        priority: input.priority ?? 'medium',
        skillIds: skillsInOrder(input.skillIds ?? []),
        teamIds: [...new Set(input.teamIds)],
      });
      await auditLog.record(ISSUE.created(actor, issue));
      return issue;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, description, skillIds, teamIds, ...changes }: Changes<IssueInput>,
    ifRevision?: WantedRevisions,
  ): Promise<Issue> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ issues, auditLog }) => {
      const before = await ISSUE.lock(issues, id, ifRevision);
      const after: Issue = { ...before, ...named(changes) };
      if (description !== undefined) after.description = description ?? '';
      if (skillIds !== undefined) after.skillIds = skillsInOrder(skillIds);
      if (teamIds !== undefined) after.teamIds = [...new Set(teamIds)];
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, issues);
      return await ISSUE.update(issues, { auditLog, actor }, before, after);
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ issues, auditLog }) => {
      const issue = await ISSUE.lock(issues, id, ifRevision);
      await issues.delete(id);
      await auditLog.record(ISSUE.deleted(actor, issue));
    });
  }
}

/** Skills have no order of their own, so that naming them in another one is no change. */
function skillsInOrder(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
