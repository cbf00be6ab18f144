import { accessOf, type PersonAccess } from '../access/person-access.ts';
import { decideJump, type JumpDecision, type JumpFacts } from '../jump/jump-decision.ts';
import type { JumpItem, JumpItemKind } from '../jump/jump-item.ts';
import { aboutOwners } from '../jump/jump-item-access.ts';
import type { JumpItemOwner } from '../jump/jump-item-grant.ts';
import type { JumpPolicyRules } from '../jump/jump-policy-ruling.ts';
import type { Jumpoint } from '../jump/jumpoint.ts';
import type { SiteSettings } from '../settings/site-settings.ts';
import type { Stores } from '../stores.ts';
import type { ShellTarget } from './support-session.ts';

/** What somebody jumps to, or wants to. */
export interface JumpSubject {
  kind: JumpItemKind;
  /** Undefined for a target that is not saved. */
  item: JumpItem | undefined;
  name: string;
  jumpointId: number | undefined;
  /** Undefined for kinds that are no shells. */
  shell: ShellTarget | undefined;
  customerPresent: boolean;
  /** Of an unsaved target that a credential manager listed: what it calls it. */
  ecmEndpointId: string | undefined;
}

/** The facts with the rows they were taken from. */
export interface GatheredJump {
  facts: JumpFacts;
  /** Undefined where the subject names none, or one that does not exist. */
  jumpoint: Jumpoint | undefined;
}

export interface JumpMoment extends Pick<JumpFacts, 'phase' | 'now' | 'overrideSchedule' | 'explain'> {
  site: Pick<SiteSettings, 'simultaneous_jumps' | 'simultaneous_jumps_rdp'>;
}

/** The person as far as these jumps go; undefined when there is no such person. */
export async function personFor(
  { accessFacts }: Pick<Stores, 'accessFacts'>,
  userId: number,
  subjects: readonly Pick<JumpSubject, 'item' | 'jumpointId'>[],
): Promise<PersonAccess | undefined> {
  const owners = subjects.flatMap(({ item }) => item ?? []);
  const jumpointIds = subjects.flatMap(({ jumpointId }) => jumpointId ?? []);
  const facts = await accessFacts.find(userId, aboutOwners(owners, jumpointIds));
  return facts && accessOf(facts);
}

/** Everything else that the rules of a jump need, read together. */
export async function gatherJump(
  stores: Stores,
  person: PersonAccess,
  subject: JumpSubject,
  moment: JumpMoment,
): Promise<GatheredJump> {
  const { kind, item, jumpointId, shell, customerPresent } = subject;
  const [jumpoint, jumpPolicy, policies, running] = await Promise.all([
    jumpointId === undefined ? undefined : stores.jumpoints.findById(jumpointId),
    item?.jumpPolicyId ? jumpPolicyRules(stores, item.jumpPolicyId) : undefined,
    stores.sessionPolicyFacts.find({
      userId: person.userId,
      policyIds: [item?.sessionPolicyId ?? null, item?.attendedSessionPolicyId ?? null],
      publicPortalId: item?.publicPortalId ?? null,
    }),
    item === undefined || moment.phase === 'continue'
      ? 0
      : stores.sessions.count({ jumpItemId: item.id, state: 'active' }, 1),
  ]);
  const policy = (id: number | null | undefined) => (id ? (policies.policies.get(id) ?? null) : null);
  return {
    jumpoint,
    facts: {
      person,
      kind,
      item,
      jumpoint,
      target: shell,
      jumpPolicy,
      sessionPermissions: {
        kind,
        // Every jump is unattended, whoever sits there.
        start: 'unattended',
        customerPresent,
        item: {
          customerPresent: policy(item?.attendedSessionPolicyId),
          customerNotPresent: policy(item?.sessionPolicyId),
        },
        portal: policies.portal,
        policies: policies.policies,
        global: policies.global,
      },
      site: moment.site,
      running,
      now: moment.now,
      phase: moment.phase,
      overrideSchedule: moment.overrideSchedule,
      explain: moment.explain,
    },
  };
}

/** What the rules say now about a start by this person; undefined when there is no such person. Nothing is started. */
export async function startDecision(
  stores: Stores,
  userId: number,
  subject: JumpSubject,
  moment: Pick<JumpMoment, 'now' | 'site'>,
): Promise<JumpDecision | undefined> {
  const person = await personFor(stores, userId, [subject]);
  if (person === undefined) return undefined;
  const start = { ...moment, phase: 'start', overrideSchedule: false, explain: false } as const;
  return decideJump((await gatherJump(stores, person, subject, start)).facts);
}

/** A saved Jump Item as the subject of a jump. */
export function savedSubject(item: JumpItem): JumpSubject {
  return {
    kind: item.kind,
    item,
    name: item.name,
    jumpointId: item.jumpointId ?? undefined,
    shell: item.kind === 'shell_jump' ? shellOf(item) : undefined,
    customerPresent: false,
    ecmEndpointId: undefined,
  };
}

/** A system that is not saved, as the subject of a jump. */
export function unsavedSubject(
  shell: ShellTarget,
  jumpointId: number,
  ecmEndpointId?: string | undefined,
): JumpSubject {
  return {
    kind: 'shell_jump',
    item: undefined,
    name: shell.hostname,
    jumpointId,
    shell,
    customerPresent: false,
    ecmEndpointId,
  };
}

/** The system a Shell Jump item is for. */
export function shellOf(item: Pick<JumpItem, 'hostname' | 'port' | 'username' | 'settings'>): ShellTarget {
  const protocol = item.settings['protocol'] === 'telnet' ? 'telnet' : 'ssh';
  const keepAlive = item.settings['keep_alive'];
  return {
    hostname: item.hostname,
    port: item.port || (protocol === 'ssh' ? 22 : 23),
    protocol,
    username: item.username,
    terminal: item.settings['terminal'] === 'VT100' ? 'VT100' : 'xterm',
    keep_alive: typeof keepAlive === 'number' ? keepAlive : 0,
  };
}

async function jumpPolicyRules({ jumpPolicies }: Stores, id: number): Promise<JumpPolicyRules | undefined> {
  const [policy, schedule] = await Promise.all([jumpPolicies.findById(id), jumpPolicies.findSchedule(id)]);
  return policy && { ...policy, schedule: schedule ?? { timezone: 'UTC', entries: [] } };
}

/** What starting sessions reads of owners and writes on Jump Items beside their own repositories. */
export interface JumpStarts {
  /** Of the Jump Group or the person; empty when there is none. */
  ownerName(owner: JumpItemOwner): Promise<string>;
  /** Notes that a session was started with the item; no change of the item as its revision counts them. */
  markAccessed(jumpItemId: number): Promise<void>;
}
