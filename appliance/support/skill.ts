import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from './uses.ts';

/** Something representatives know and issues ask for. */
export interface Skill extends Revised {
  id: number;
  name: string;
  /** What programs ask for it by; unique among skills. */
  codeName: string;
  description: string;
}

/** Text is compared whole, ignoring case. */
export interface SkillFilter {
  name?: string | undefined;
  codeName?: string | undefined;
}

/** Unique names: writes fail with `conflict` naming `name` or `code_name`. */
export interface Skills {
  /** In the order of their ids. */
  find(filter: SkillFilter, page: PageRequest): Promise<Page<Skill>>;
  findById(id: number): Promise<Skill | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<Skill | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(skill: Omit<Skill, 'id' | 'revision'>): Promise<Skill>;
  /** Raises the revision by one and answers it. */
  update(skill: Skill): Promise<number>;
  /** Nobody has it any more. */
  delete(id: number): Promise<void>;
  /** What must let go of the skill before it can be deleted. */
  uses(id: number): Promise<Use[]>;
}

/** Who has which skill. Writes fail with `conflict` for somebody twice and `invalid` for an unknown user. */
export interface SkillUsers {
  /** Ids in ascending order. */
  find(skillId: number, page: PageRequest): Promise<Page<number>>;
  has(skillId: number, userId: number): Promise<boolean>;
  insert(skillId: number, userId: number): Promise<void>;
  delete(skillId: number, userId: number): Promise<void>;
}
