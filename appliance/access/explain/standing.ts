import {
  explainGrant,
  type JumpItemGrant,
  type JumpItemOwner,
  type RoleRuling,
} from '../../jump/jump-item-grant.ts';
import type { SettingSource } from '../effective-settings.ts';
import { accessOf } from '../person-access.ts';
import type { AccessAnswer } from './access-answer.ts';
import { type AccessWorld, factsOf, type PersonFacts } from './access-world.ts';

/** An answer in one line. */
export interface BriefAnswer {
  allowed: boolean;
  /** `allowed`, or one word per way to be refused. */
  reason: string;
  message: string;
}

export function briefAnswer({ allowed, refusal }: AccessAnswer): BriefAnswer {
  return {
    allowed,
    reason: refusal?.reason ?? 'allowed',
    message: refusal?.message ?? 'Every rule allows it.',
  };
}

/** How somebody stands to the items of one owner: the role and who gave it. */
export interface Standing {
  because: RoleRuling['because'];
  /** Of the Jump Item Role; undefined for administrators. */
  id: number | undefined;
  name: string;
  source: SettingSource | undefined;
  permissions: JumpItemGrant;
}

export function standingOf(world: AccessWorld, person: PersonFacts, owner: JumpItemOwner): Standing {
  const { ruling, roleName = '', roleSource, grant } = explainGrant(accessOf(factsOf(world, person)), owner);
  return {
    because: ruling.because,
    id: 'roleId' in ruling ? ruling.roleId : undefined,
    name: roleName,
    source: roleSource,
    permissions: grant,
  };
}
