import type { SettingSource, SettingStatement } from './effective-settings.ts';

export type MembershipAction = 'add' | 'remove';

/** What a group policy says about membership of one Jump Group, team or Jumpoint. */
export interface MembershipEntry<Role> {
  /** Of the Jump Group, team or Jumpoint. */
  id: number;
  action: MembershipAction;
  /** What members are there; null where the entry does not say. */
  role: Role | null;
}

/** What one group policy says about memberships of one kind. */
export interface MembershipLayer<Role> {
  id: number;
  name: string;
  /** No later policy changes what this one adds, or what it removes. */
  addFinal: boolean;
  removeFinal: boolean;
  entries: readonly MembershipEntry<Role>[];
}

export interface DirectMembership<Role> {
  id: number;
  role: Role | null;
}

/** Everything that bears on one person's memberships of one kind; the policies in their order. */
export interface MembershipFacts<Role> {
  direct: readonly DirectMembership<Role>[];
  policies: readonly MembershipLayer<Role>[];
}

/** What a member is. `role` is null where nobody named one. */
export interface Membership<Role> {
  role: Role | null;
}

/** By id of the Jump Group, team or Jumpoint. */
export type Memberships<Role> = ReadonlyMap<number, Membership<Role>>;

export interface MembershipWord<Role> {
  action: MembershipAction;
  role: Role | null;
}

export interface ExplainedMembership<Role> {
  member: boolean;
  role: Role | null;
  /** Who named the role: the direct membership before any policy. Undefined when nobody did. */
  roleSource: SettingSource | undefined;
  statements: SettingStatement<MembershipWord<Role>>[];
}

/** Where what has been said so far leads. */
class Standing<Role> implements Membership<Role> {
  member: boolean;
  closed = false;
  readonly directRole: Role | null;
  policyRole: Role | null = null;

  constructor(direct: DirectMembership<Role> | undefined) {
    this.member = direct !== undefined;
    this.directRole = direct?.role ?? null;
  }

  /** The direct membership is more specific than any policy. */
  get role(): Role | null {
    return this.directRole ?? this.policyRole;
  }

  /** One more policy has its say; false when an earlier one was final. */
  hear(layer: MembershipLayer<Role>, { action, role }: MembershipEntry<Role>): boolean {
    if (this.closed) return false;
    this.member = action === 'add';
    this.policyRole = this.member ? role : null;
    this.closed = this.member ? layer.addFinal : layer.removeFinal;
    return true;
  }
}

/**
 * What a person is a member of: direct memberships first, then every group policy in its order adds and removes; what
 * a final one says about an object stays. A role is that of the direct membership, else of the policy that decided.
 */
export function memberships<Role>({ direct, policies }: MembershipFacts<Role>): Memberships<Role> {
  const standings = new Map<number, Standing<Role>>();
  for (const row of direct) standings.set(row.id, new Standing(row));
  for (const layer of policies) {
    for (const entry of layer.entries) {
      let standing = standings.get(entry.id);
      if (standing === undefined) {
        standing = new Standing<Role>(undefined);
        standings.set(entry.id, standing);
      }
      standing.hear(layer, entry);
    }
  }
  for (const [id, { member }] of standings) if (!member) standings.delete(id);
  return standings;
}

/** The same for one object, with the path it took. */
export function explainMembership<Role>(
  id: number,
  { direct, policies }: MembershipFacts<Role>,
): ExplainedMembership<Role> {
  const statements: SettingStatement<MembershipWord<Role>>[] = [];
  const row = direct.find((membership) => membership.id === id);
  const standing = new Standing(row);
  if (row !== undefined) {
    statements.push({ source: { kind: 'user' }, value: { action: 'add', role: row.role } });
  }
  let deciding = statements[0];
  for (const layer of policies) {
    const entry = layer.entries.find((candidate) => candidate.id === id);
    if (entry === undefined) continue;
    const { action, role } = entry;
    const final = action === 'add' ? layer.addFinal : layer.removeFinal;
    const source: SettingSource = {
      kind: 'group_policy',
      id: layer.id,
      name: layer.name,
      status: final ? 'final' : 'defined',
    };
    const statement: SettingStatement<MembershipWord<Role>> = { source, value: { action, role } };
    statements.push(statement);
    if (!standing.hear(layer, entry)) {
      statement.passedOver = { because: 'final_before', by: deciding!.source };
      continue;
    }
    if (deciding !== undefined) deciding.passedOver = { because: 'replaced_later', by: source };
    deciding = statement;
  }
  const { member, role, directRole } = standing;
  const roleSource = directRole === null ? deciding?.source : ({ kind: 'user' } as const);
  return {
    member,
    role: member ? role : null,
    roleSource: member && role !== null ? roleSource : undefined,
    statements,
  };
}
