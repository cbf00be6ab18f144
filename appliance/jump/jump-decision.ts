import { explainSetting } from '../access/effective-settings.ts';
import type { PersonAccess } from '../access/person-access.ts';
import type { JumpRefusal, JumpRule, RulingSource, Said, Step } from '../access/ruling-path.ts';
import {
  explainSessionPermission,
  type SessionPermissionFacts,
  type SessionPermissionLayer,
  type SessionPermissionSource,
  sessionPermissionLayers,
} from '../access/session-permission-rules.ts';
import type { JumpItemKind } from './jump-item.ts';
import { explainGrant, grantOf, type JumpItemOwner, type RoleRuling, roleRuling } from './jump-item-grant.ts';
import { KINDS } from './jump-item-kinds.ts';
import { methodRuling, RIGHT_OF_METHOD } from './jump-methods.ts';
import {
  type JumpPolicyRules,
  type JumpPolicyRuling,
  jumpPolicyRulings,
  type SimultaneousJump,
  simultaneousJump,
} from './jump-policy-ruling.ts';
import {
  explainJumpointMembership,
  type JumpointFacts,
  jumpointRefusal,
  type ShellJumpTarget,
} from './jumpoint-ruling.ts';

/** What bears on one jump of one person, as plain facts. */
export interface JumpFacts {
  person: PersonAccess;
  kind: JumpItemKind;
  /** Undefined for a target that is not saved. */
  item: (JumpItemOwner & { id: number; name: string }) | undefined;
  /** Undefined for kinds that need none and items that name none. */
  jumpoint: JumpointFacts | undefined;
  /** Of a Shell Jump. */
  target: ShellJumpTarget | undefined;
  jumpPolicy: JumpPolicyRules | undefined;
  sessionPermissions: SessionPermissionFacts;
  site: { simultaneous_jumps: string; simultaneous_jumps_rdp: string };
  /** Sessions that run with the item. */
  running: number;
  now: Date;
  /** `continue`: the session runs. Schedules and simultaneous jumps are rules about starting. */
  phase: 'start' | 'continue';
  /** Starts outside the schedule, when the person may. */
  overrideSchedule: boolean;
  /** Steps say who said what. */
  explain: boolean;
}

export interface JumpDecision {
  allowed: boolean;
  /** The first rule that refuses; undefined when allowed. */
  refusal: JumpRefusal | undefined;
  /** Every rule, in the order they are asked, also those after a refusal. */
  path: Step[];
  /** When the session is ended by force. */
  endsAt: Date | undefined;
  /** A rule of the Jump Policy said no and the person passed over it. */
  overridden: boolean;
  /** What a second jump to the item does. */
  simultaneous: SimultaneousJump;
  /** Who has a say in the permissions of the session. */
  permissionLayers: SessionPermissionLayer[];
}

type Refused = Omit<JumpRefusal, 'rule'>;

/** Collects steps; the first refusal counts. */
class Path {
  readonly steps: Step[] = [];
  refusal: JumpRefusal | undefined;

  take(
    rule: JumpRule,
    message: string,
    facts: Record<string, unknown> = {},
    said: readonly Said[] = [],
  ): void {
    this.steps.push({ rule, allowed: true, message, facts, said });
  }

  refuse(
    rule: JumpRule,
    refused: Refused,
    facts: Record<string, unknown> = {},
    said: readonly Said[] = [],
  ): void {
    this.steps.push({ rule, allowed: false, message: refused.message, facts, said });
    this.refusal ??= { rule, ...refused };
  }
}

/**
 * May this person jump to this: the one place that knows. Starting a session, going on with one, dialling its channel,
 * links and scripts, and explanations all ask here.
 */
export function decideJump(facts: JumpFacts): JumpDecision {
  const path = new Path();
  account(path, facts);
  jumpItem(path, facts);
  jumpMethod(path, facts);
  jumpoint(path, facts);
  jumpItemRole(path, facts);
  const policy = facts.phase === 'start' ? jumpPolicy(path, facts) : [];
  const permissionLayers = sessionPermissionLayers(facts.person, facts.sessionPermissions);
  permissions(path, facts, permissionLayers);
  const simultaneous = simultaneousJump(facts.kind, facts.jumpPolicy, facts.site);
  if (facts.phase === 'start') simultaneousJumps(path, facts, simultaneous);
  return {
    allowed: path.refusal === undefined,
    refusal: path.refusal,
    path: path.steps,
    endsAt: earliest(policy),
    overridden: policy.some(({ overridden }) => overridden),
    simultaneous,
    permissionLayers,
  };
}

function account(path: Path, { person }: JumpFacts): void {
  if (person.enabled) {
    path.take('account', 'The account is enabled.', { user_id: person.userId });
    return;
  }
  path.refuse('account', {
    code: 'forbidden',
    reason: 'account_disabled',
    message: 'This account is disabled.',
    facts: {},
  });
}

/** What a person may not see does not exist for them. */
function jumpItem(path: Path, { person, item }: JumpFacts): void {
  if (item === undefined) return;
  if (grantOf(person, item).size > 0) {
    path.take('jump_item', `“${item.name}” is visible.`, { jump_item_id: item.id });
    return;
  }
  path.refuse(
    'jump_item',
    { code: 'not_found', reason: 'jump_item_not_visible', message: 'There is no such Jump Item.', facts: {} },
    { jump_item_id: item.id },
  );
}

function jumpMethod(path: Path, { person, kind, explain }: JumpFacts): void {
  const ruling = methodRuling(person.settings, kind);
  const right = RIGHT_OF_METHOD[kind];
  const { label } = KINDS[kind];
  const about = { jump_item_type: kind, right };
  const said = explain ? methodSaid(person, right) : [];
  if (ruling.allowed) {
    const why = ruling.because === 'administrator' ? 'Administrators may use' : 'The settings allow';
    path.take('jump_method', `${why} ${label}.`, about, said);
    return;
  }
  const message =
    ruling.because === 'support_not_allowed'
      ? 'You are not allowed to provide support.'
      : `You are not allowed to use ${label}.`;
  path.refuse('jump_method', { code: 'forbidden', reason: ruling.because, message, facts: {} }, about, said);
}

function methodSaid(
  { facts: { settings, policies } }: PersonAccess,
  right: (typeof RIGHT_OF_METHOD)[JumpItemKind],
) {
  return (['perm_admin', 'perm_support_allowed', right] as const).map((name): Said => {
    const { value, source, statements } = explainSetting(name, settings, policies);
    return { about: name, value, source, statements };
  });
}

function jumpoint(path: Path, { person, jumpoint: through, kind, target, explain }: JumpFacts): void {
  if (through === undefined) {
    path.take('jumpoint', 'No Jumpoint is needed.');
    return;
  }
  const { id, name } = through;
  const about = { jumpoint_id: id, jumpoint: name };
  const said = explain ? [jumpointSaid(person, id)] : [];
  const refused = jumpointRefusal(person, through, kind, target);
  if (refused !== undefined) {
    path.refuse('jumpoint', { ...refused, facts: {} }, about, said);
    return;
  }
  const limited = kind === 'shell_jump' && through.shellJumpAccess === 'limited';
  const more = limited ? ' It checks itself whether the address lies in its ranges.' : '';
  path.take('jumpoint', `The Jumpoint “${name}” may be used.${more}`, about, said);
}

function jumpointSaid(person: PersonAccess, id: number): Said {
  const { member, statements } = explainJumpointMembership(person, id);
  const source = statements.findLast(({ passedOver }) => passedOver === undefined)?.source;
  return { about: 'jumpoint_membership', value: member, source, statements };
}

/** Which items a Jump Item Role holds for, as sentences say it. */
export const WHOSE: Record<Exclude<RoleRuling['because'], 'administrator'>, string> = {
  group_member: 'as member of the Jump Group',
  default: 'as member of the Jump Group, by default',
  own: 'with one’s own personal Jump Items',
  team: 'with personal Jump Items of people of lower rank in one’s teams',
  system: 'with every Jump Item that no other role is for',
};

function jumpItemRole(path: Path, { person, item, explain }: JumpFacts): void {
  if (item === undefined) {
    path.take('jump_item_role', 'The target is not saved, so no Jump Item Role is asked.');
    return;
  }
  const ruling = roleRuling(person, item);
  if (ruling.because === 'administrator') {
    path.take('jump_item_role', 'Administrators may do everything with Jump Items.');
    return;
  }
  const role = person.roles.get(ruling.roleId);
  const sentence = `The Jump Item Role “${role?.name ?? ''}” holds ${WHOSE[ruling.because]}`;
  const about = { jump_item_role_id: ruling.roleId, role: role?.name ?? '', because: ruling.because };
  const said = explain ? roleSaid(person, item) : [];
  if (role?.permissions.has('perm_start')) {
    path.take('jump_item_role', `${sentence}; it allows starting sessions.`, about, said);
    return;
  }
  path.refuse(
    'jump_item_role',
    {
      code: 'forbidden',
      reason: 'jump_item_role',
      message: 'Your role does not allow starting sessions with this Jump Item.',
      facts: {},
    },
    about,
    said,
  );
}

/** Everything that was said about the role of a person with items of this owner. */
export function roleSaid(person: PersonAccess, item: JumpItemOwner): Said[] {
  const { ruling, membership, setting, roleSource } = explainGrant(person, item);
  const said: Said[] = [];
  if (item.jumpGroupType === 'shared') {
    const source = membership.findLast(({ passedOver }) => passedOver === undefined)?.source;
    const value = person.jumpGroups.has(item.jumpGroupId);
    said.push({ about: 'jump_group_membership', value, source, statements: membership });
  }
  if ('setting' in ruling) {
    said.push({ about: ruling.setting, value: ruling.roleId, source: roleSource, statements: setting });
  }
  return said;
}

function jumpPolicy(
  path: Path,
  { person, item, jumpPolicy: policy, now, overrideSchedule }: JumpFacts,
): JumpPolicyRuling[] {
  if (policy === undefined) {
    path.take('jump_policy', 'The Jump Item has no Jump Policy.');
    return [];
  }
  const permitted = item !== undefined && grantOf(person, item).has('perm_edit_jump_policy');
  const rulings = jumpPolicyRulings(policy, {
    now,
    hasSecondFactor: person.facts.hasSecondFactor,
    override: { wanted: overrideSchedule, permitted },
  });
  for (const { rule, refusal, message, overridden } of rulings) {
    const about = { jump_policy_id: policy.id, jump_policy: policy.displayName, rule, overridden };
    if (refusal === undefined) path.take('jump_policy', message, about);
    else path.refuse('jump_policy', refusal, about);
  }
  return rulings;
}

/** Without a shell there is nothing to do in a Shell Jump. */
function permissions(
  path: Path,
  { kind, explain }: JumpFacts,
  layers: readonly SessionPermissionLayer[],
): void {
  if (kind !== 'shell_jump') return;
  const { value, source } = explainSessionPermission('command_shell', layers);
  const { policy, place } = source;
  const allowed = value === 'allow';
  const about = {
    permission: 'command_shell',
    place,
    ...(policy !== undefined && { session_policy_id: policy.id, session_policy: policy.name }),
  };
  const said = explain ? [commandShellSaid(layers)] : [];
  const message = `${whoDecides(source, allowed)} a command shell.`;
  if (allowed) {
    path.take('session_permissions', message, about, said);
    return;
  }
  path.refuse(
    'session_permissions',
    {
      code: 'forbidden',
      reason: 'session_permissions',
      message,
      facts: { permission: 'command_shell' },
    },
    about,
    said,
  );
}

function whoDecides({ place, policy }: SessionPermissionSource, allowed: boolean): string {
  const one = allowed ? 'allows' : 'does not allow';
  if (place === 'global') return `The global session policy ${one}`;
  if (policy !== undefined) return `The session policy “${policy.name}” ${one}`;
  return `The session policies ${allowed ? 'allow' : 'do not allow'}`;
}

function commandShellSaid(layers: readonly SessionPermissionLayer[]): Said {
  const { value, source, statements } = explainSessionPermission('command_shell', layers);
  const by = rulingSource(source);
  return {
    about: 'command_shell',
    value,
    source: by,
    statements: statements.map((said) => ({
      source: rulingSource(said.source),
      value: said.value,
      ...(!said.holds && { passedOver: { because: 'lower_priority' as const, by } }),
    })),
  };
}

/** Permissions of a person's or group policy's own are a setting. */
function rulingSource({ place, policy, setting }: SessionPermissionSource): RulingSource {
  if (policy !== undefined) return { kind: 'session_policy', ...policy, place };
  return setting?.source ?? { kind: 'initial' };
}

function simultaneousJumps(path: Path, { running, item }: JumpFacts, chosen: SimultaneousJump): void {
  if (item === undefined) return;
  const about = { running, simultaneous_jump: chosen };
  if (chosen !== 'disallow' || running === 0) {
    path.take('simultaneous_jumps', 'Other sessions do not stand in the way.', about);
    return;
  }
  path.refuse(
    'simultaneous_jumps',
    {
      code: 'conflict',
      reason: 'simultaneous_jumps',
      message: 'Somebody is working with this Jump Item; it cannot be shared.',
      facts: {},
    },
    about,
  );
}

function earliest(rulings: readonly JumpPolicyRuling[]): Date | undefined {
  const ends = rulings.flatMap(({ endsAt }) => endsAt ?? []);
  return ends.length === 0 ? undefined : new Date(Math.min(...ends.map(Number)));
}
