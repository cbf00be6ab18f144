import type { SystemActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { JumpointService } from './jumpoint-service.ts';

const START_UP: SystemActor = { kind: 'system', name: 'start-up' };
const FIRST = { limit: 1, offset: 0 };
export const BUILT_IN_CODE_NAME = 'local';

/**
 * The Jumpoint that comes with the appliance, made when it is missing: a cluster, because every server process of the
 * site brings a program for it. To do without it, disable it; a deleted one comes back at the next start.
 */
export async function builtInJumpointId(jumpoints: JumpointService): Promise<number> {
  const find = async () =>
    (await jumpoints.list(START_UP, { codeName: BUILT_IN_CODE_NAME }, FIRST)).items[0]?.id;
  const present = await find();
  if (present !== undefined) return present;
  try {
    const made = await jumpoints.create(START_UP, {
      name: BUILT_IN_CODE_NAME,
      codeName: BUILT_IN_CODE_NAME,
      platform: 'linux-x86',
      clustered: true,
      shellJumpEnabled: true,
      comments: 'Comes with the appliance and reaches what the server itself can reach.',
    });
    return made.id;
  } catch (error) {
    // Another process of the site made it at the same moment.
    const theirs = error instanceof ApplianceError && error.code === 'conflict' ? await find() : undefined;
    if (theirs === undefined) throw error;
    return theirs;
  }
}
