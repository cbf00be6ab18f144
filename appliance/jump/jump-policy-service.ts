import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { isTimeZone } from '../time-zone.ts';
import { chooseCodeName } from './code-name.ts';
import type { JumpPolicy, StoredSchedule } from './jump-policy.ts';
import { type JumpSchedule, type ScheduleStanding, scheduleStanding } from './jump-schedule.ts';

const JUMP_POLICY = new ObjectKind<JumpPolicy>({
  type: 'jump_policy',
  noun: 'Jump Policy',
  name: (policy) => policy.displayName,
});

/** `codeName` blank: made from the display name. `schedule` replaces the whole schedule. */
export type JumpPolicyInput = Pick<JumpPolicy, 'displayName'> &
  Changes<Omit<JumpPolicy, 'id' | 'revision' | 'displayName'>> & { schedule?: JumpSchedule | undefined };

const NEW_POLICY: Omit<JumpPolicy, 'id' | 'revision' | 'displayName' | 'codeName'> = {
  description: '',
  scheduleEnabled: true,
  scheduleStrict: false,
  simultaneousJumps: 'global',
  simultaneousJumpBehaviorAppliesToCopies: false,
  simultaneousJumpsRdp: 'global',
  ticketIdRequired: false,
  twoFactorChallengeRequired: false,
};

/** Jump Policies and their schedules. */
export class JumpPolicyService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(filter: { codeName?: string | undefined }, page: PageRequest): Promise<Page<JumpPolicy>> {
    return await this.#stores.jumpPolicies.find(filter, page);
  }

  async show(id: number): Promise<JumpPolicy> {
    return (await this.#stores.jumpPolicies.findById(id)) ?? JUMP_POLICY.missing(id);
  }

  async create(actor: Actor, { schedule, ...input }: JumpPolicyInput): Promise<JumpPolicy> {
    requireConfiguration(actor);
    if (schedule !== undefined) checkSchedule(schedule, 'schedule.');
    return await this.#unitOfWork.inTransaction(async ({ jumpPolicies, auditLog }) => {
      const draft = { ...NEW_POLICY, ...named(input), displayName: input.displayName };
      check(draft, input);
      const codeName = await chooseCodeName(input.codeName, input.displayName, jumpPolicies);
      const policy = await jumpPolicies.insert({ ...draft, codeName });
      await auditLog.record(
        JUMP_POLICY.created(actor, policy, schedule && { schedule: scheduleState(schedule) }),
      );
      if (schedule !== undefined) await jumpPolicies.replaceSchedule(policy.id, schedule);
      return policy;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { schedule, ...changes }: Changes<JumpPolicyInput>,
    ifRevision?: WantedRevisions,
  ): Promise<JumpPolicy> {
    requireConfiguration(actor);
    if (schedule !== undefined) checkSchedule(schedule, 'schedule.');
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { jumpPolicies, auditLog } = stores;
      const before = await JUMP_POLICY.lock(jumpPolicies, id, ifRevision);
      const after: JumpPolicy = { ...before, ...named(changes) };
      check(after, changes);
      if (changes.codeName === '') after.codeName = await chooseCodeName('', after.displayName, jumpPolicies);
      if (schedule !== undefined) await writeSchedule(stores, actor, before, schedule);
      return await JUMP_POLICY.update(jumpPolicies, { auditLog, actor }, before, after);
    });
  }

  /** Fails with `invalid` while Jump Items or installers of Jump Clients use it. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ jumpPolicies, auditLog }) => {
      const policy = await JUMP_POLICY.lock(jumpPolicies, id, ifRevision);
      const { jumpItems, installers } = await jumpPolicies.countUses(id);
      if (jumpItems + installers > 0) {
        const uses = [counted(jumpItems, 'Jump Item'), counted(installers, 'Jump Client installer')];
        const named = uses.filter((use) => use !== undefined).join(' and ');
        throw new ApplianceError('invalid', `This Jump Policy is used by ${named}.`);
      }
      const schedule = await jumpPolicies.findSchedule(id);
      await jumpPolicies.delete(id);
      await auditLog.record(
        JUMP_POLICY.deleted(actor, policy, { schedule: schedule && scheduleState(schedule) }),
      );
    });
  }

  async showSchedule(id: number): Promise<StoredSchedule> {
    return (await this.#stores.jumpPolicies.findSchedule(id)) ?? JUMP_POLICY.missing(id);
  }

  /** Fails with `invalid` for an unknown time zone or an entry without length. */
  async replaceSchedule(
    actor: Actor,
    id: number,
    schedule: JumpSchedule,
    ifRevision?: WantedRevisions,
  ): Promise<StoredSchedule> {
    requireConfiguration(actor);
    checkSchedule(schedule);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const policy = await JUMP_POLICY.lock(stores.jumpPolicies, id);
      return await writeSchedule(stores, actor, policy, schedule, ifRevision);
    });
  }

  /** Whether the schedule permits access at a moment. A policy without a schedule in force always does. */
  async showStanding(id: number, at: Date): Promise<ScheduleStanding> {
    const policy = await this.show(id);
    if (!policy.scheduleEnabled) return { allowed: true, endsAt: undefined };
    return scheduleStanding(await this.showSchedule(id), at);
  }
}

async function writeSchedule(
  { jumpPolicies, auditLog }: Stores,
  actor: Actor,
  policy: JumpPolicy,
  schedule: JumpSchedule,
  ifRevision?: WantedRevisions,
): Promise<StoredSchedule> {
  const before = (await jumpPolicies.findSchedule(policy.id)) ?? JUMP_POLICY.missing(policy.id);
  requireRevision(before, ifRevision);
  const [was, is] = [scheduleState(before), scheduleState(schedule)];
  if (JSON.stringify(was) === JSON.stringify(is)) return before;
  const revision = await jumpPolicies.replaceSchedule(policy.id, schedule);
  await auditLog.record({
    type: 'jump_policy.schedule_changed',
    actor,
    object: JUMP_POLICY.audited(policy),
    before: was,
    after: is,
  });
  return { ...schedule, revision };
}

function check(
  policy: Omit<JumpPolicy, 'id' | 'revision' | 'codeName'>,
  asked: Changes<JumpPolicyInput>,
): void {
  if (asked.scheduleStrict === true && !policy.scheduleEnabled) {
    throw invalidField('schedule_strict', 'Ending sessions with the schedule needs schedule_enabled.');
  }
  if (asked.simultaneousJumpBehaviorAppliesToCopies === true && policy.simultaneousJumps !== 'join') {
    throw invalidField(
      'simultaneous_jump_behavior_applies_to_copies',
      'This applies only when simultaneous_jumps is join.',
    );
  }
}

/** Fails with `invalid`. `prefix`: where the schedule stands in the request. */
export function checkSchedule({ timezone, entries }: JumpSchedule, prefix = ''): void {
  if (!isTimeZone(timezone)) {
    throw invalidField(`${prefix}timezone`, 'This is not the name of a time zone, such as Europe/Vienna.');
  }
  for (const [index, entry] of entries.entries()) {
    if (entry.startDay === entry.endDay && entry.startTime === entry.endTime) {
      throw invalidField(
        `${prefix}entries.${index}`,
        `Entry ${index + 1} ends at the moment it starts. For access at any time turn the schedule off.`,
      );
    }
  }
}

function scheduleState({ timezone, entries }: JumpSchedule): Record<string, unknown> {
  return { timezone, entries: entries.map(auditState) };
}

function counted(number: number, noun: string): string | undefined {
  if (number === 0) return undefined;
  return number === 1 ? `one ${noun}` : `${number} ${noun}s`;
}
