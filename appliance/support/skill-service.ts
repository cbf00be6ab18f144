import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { Skill, SkillFilter } from './skill.ts';
import { refuseInUse } from './uses.ts';

const RIGHT = 'perm_edit_skills';
const SKILL = new ObjectKind<Skill>({ type: 'skill', noun: 'skill', name: (skill) => skill.name });

export interface SkillInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  description?: string | null | undefined;
}

/** Skills and who has them. */
export class SkillService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(filter: SkillFilter, page: PageRequest): Promise<Page<Skill>> {
    return await this.#stores.skills.find(filter, page);
  }

  async show(id: number): Promise<Skill> {
    return (await this.#stores.skills.findById(id)) ?? SKILL.missing(id);
  }

  async create(actor: Actor, input: SkillInput): Promise<Skill> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ skills, auditLog }) => {
      const skill = await skills.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, skills),
        description: input.description ?? '',
      });
      await auditLog.record(SKILL.created(actor, skill));
      return skill;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, description, ...changes }: Changes<SkillInput>,
    ifRevision?: WantedRevisions,
  ): Promise<Skill> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ skills, auditLog }) => {
      const before = await SKILL.lock(skills, id, ifRevision);
      const after: Skill = { ...before, ...named(changes) };
      if (description !== undefined) after.description = description ?? '';
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, skills);
      return await SKILL.update(skills, { auditLog, actor }, before, after);
    });
  }

  /** Nobody has it any more. Fails with `invalid` while issues ask for it. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ skills, auditLog }) => {
      const skill = await SKILL.lock(skills, id, ifRevision);
      refuseInUse('skill', await skills.uses(id));
      await skills.delete(id);
      await auditLog.record(SKILL.deleted(actor, skill));
    });
  }

  async listUsers(actor: Actor, skillId: number, page: PageRequest): Promise<Page<number>> {
    requireConfiguration(actor, RIGHT);
    await this.show(skillId);
    return await this.#stores.skillUsers.find(skillId, page);
  }

  /** Fails with `not_found` when the person does not have the skill. */
  async showUser(actor: Actor, skillId: number, userId: number): Promise<void> {
    requireConfiguration(actor, RIGHT);
    if (!(await this.#stores.skillUsers.has(skillId, userId))) throw doesNotHaveIt();
  }

  async addUser(actor: Actor, skillId: number, userId: number): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ skills, skillUsers, auditLog }) => {
      const skill = await SKILL.lock(skills, skillId);
      await skillUsers.insert(skillId, userId);
      await auditLog.record({
        type: 'skill.user_added',
        actor,
        object: SKILL.audited(skill),
        after: { user_id: userId },
      });
    });
  }

  async removeUser(actor: Actor, skillId: number, userId: number): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ skills, skillUsers, auditLog }) => {
      const skill = await skills.lockById(skillId);
      if (skill === undefined || !(await skillUsers.has(skillId, userId))) throw doesNotHaveIt();
      await skillUsers.delete(skillId, userId);
      await auditLog.record({
        type: 'skill.user_removed',
        actor,
        object: SKILL.audited(skill),
        before: { user_id: userId },
      });
    });
  }
}

function doesNotHaveIt(): ApplianceError {
  return new ApplianceError('not_found', 'This user does not have this skill.');
}
