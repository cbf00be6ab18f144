import type { JumpItemKind } from '../jump/jump-item.ts';
import type { SessionPolicyFacts } from './access-facts.ts';
import { explainSetting, type SettingSource } from './effective-settings.ts';
import type { PersonAccess } from './person-access.ts';
import {
  SESSION_PERMISSION_NAMES,
  SESSION_PERMISSIONS,
  type SessionPermission,
  type SessionPermissionName,
  type SessionPermissionValue,
  type SessionPermissionValues,
} from './session-permissions.ts';
import type { SessionPolicyChoice } from './user-settings.ts';

/** Every permission of a session, resolved. */
export type SessionPermissionSet = Record<SessionPermissionName, SessionPermissionValue>;

/** Kinds whose items have one policy for when the customer is present and one for when not; the others have one. */
const KINDS_WITH_PRESENCE: readonly JumpItemKind[] = ['jump_client', 'remote_jump', 'local_jump'];

export function dependsOnPresence(kind: JumpItemKind): boolean {
  return KINDS_WITH_PRESENCE.includes(kind);
}

/** How the session begins. A jump is unattended even with the customer present. */
export type SessionStartKind = 'attended' | 'unattended';

/** What bears on the permissions of one session. */
export interface SessionPermissionFacts {
  /** Undefined for sessions without a Jump Item's kind, such as those a customer starts. */
  kind: JumpItemKind | undefined;
  start: SessionStartKind;
  /** As it was when the session started. */
  customerPresent: boolean;
  /** The two policies of the Jump Item. Kinds with one policy have it as `customerNotPresent`. */
  item: {
    customerPresent: SessionPolicyFacts | null;
    customerNotPresent: SessionPolicyFacts | null;
  };
  portal: SessionPolicyFacts | null;
  /** Session policies that settings of the person may refer to, by id. */
  policies: ReadonlyMap<number, SessionPolicyFacts>;
  global: SessionPolicyFacts;
}

export type SessionPolicyPlace =
  | 'jump_item'
  | 'public_portal'
  | 'representative'
  | 'global'
  | 'rep_invite'
  /** Nobody defines the permission. */
  | 'built_in';

/** Where a session permission comes from. */
export interface SessionPermissionSource {
  place: SessionPolicyPlace;
  /** Undefined for permissions of a user's or group policy's own. */
  policy: { id: number; name: string } | undefined;
  /** The setting that chose it, and who gave that setting its value; for the representative's only. */
  setting:
    | { name: 'attended_session_policy' | 'unattended_session_policy'; source: SettingSource }
    | undefined;
}

export interface SessionPermissionLayer {
  source: SessionPermissionSource;
  permissions: SessionPermissionValues;
}

/** One thing that was said about a permission; `holds` for the one that counts. */
export interface SessionPermissionStatement {
  source: SessionPermissionSource;
  value: SessionPermissionValue;
  holds: boolean;
}

export interface ExplainedSessionPermission {
  value: SessionPermissionValue;
  source: SessionPermissionSource;
  statements: SessionPermissionStatement[];
}

/**
 * What has a say in a session, the highest priority first: the Jump Item's policy (by customer presence where the kind
 * has two), the portal's, the representative's (attended or unattended by how the session began) and the global one.
 */
export function sessionPermissionLayers(
  person: PersonAccess | undefined,
  facts: SessionPermissionFacts,
): SessionPermissionLayer[] {
  const layers: SessionPermissionLayer[] = [];
  const add = (place: SessionPolicyPlace, policy: SessionPolicyFacts | null) => {
    if (policy === null) return;
    const { permissions, id, name } = policy;
    layers.push({ source: { place, policy: { id, name }, setting: undefined }, permissions });
  };
  const present = facts.kind !== undefined && dependsOnPresence(facts.kind) && facts.customerPresent;
  add('jump_item', present ? facts.item.customerPresent : facts.item.customerNotPresent);
  add('public_portal', facts.portal);
  if (person !== undefined) layers.push(...representativeLayer(person, facts));
  add('global', facts.global);
  return layers;
}

function representativeLayer(
  { settings, facts: own }: PersonAccess,
  { start, policies }: SessionPermissionFacts,
): SessionPermissionLayer[] {
  const name = start === 'attended' ? 'attended_session_policy' : 'unattended_session_policy';
  const choice: SessionPolicyChoice = settings[name];
  if (choice === null) return [];
  const { source } = explainSetting(name, own.settings, own.policies);
  const setting = { name, source } as const;
  if (typeof choice !== 'number') {
    return [{ source: { place: 'representative', policy: undefined, setting }, permissions: choice }];
  }
  const policy = policies.get(choice);
  if (policy === undefined) return [];
  const { id, name: policyName, permissions } = policy;
  return [{ source: { place: 'representative', policy: { id, name: policyName }, setting }, permissions }];
}

const BUILT_IN: SessionPermissionSource = { place: 'built_in', policy: undefined, setting: undefined };

/** Per permission the first layer that defines it; what nobody defines is as strict as can be. */
export function sessionPermissions(layers: readonly SessionPermissionLayer[]): SessionPermissionSet {
  const set = {} as SessionPermissionSet;
  for (const name of SESSION_PERMISSION_NAMES) set[name] = resolved(name, layers);
  return set;
}

export function resolved(
  name: SessionPermissionName,
  layers: readonly SessionPermissionLayer[],
): SessionPermissionValue {
  return definingLayer(name, layers)?.permissions[name] ?? strictest(name);
}

function definingLayer(
  name: SessionPermissionName,
  layers: readonly SessionPermissionLayer[],
): SessionPermissionLayer | undefined {
  return layers.find(({ permissions }) => permissions[name] !== undefined);
}

function strictest(name: SessionPermissionName): SessionPermissionValue {
  return (SESSION_PERMISSIONS[name] as SessionPermission).strictest;
}

/** The same for one permission, with the path it took. */
export function explainSessionPermission(
  name: SessionPermissionName,
  layers: readonly SessionPermissionLayer[],
): ExplainedSessionPermission {
  const holding = definingLayer(name, layers);
  return {
    value: resolved(name, layers),
    source: holding?.source ?? BUILT_IN,
    statements: layers.flatMap((layer) => {
      const value = layer.permissions[name];
      return value === undefined ? [] : [{ source: layer.source, value, holds: layer === holding }];
    }),
  };
}

/** Every permission with where it comes from. */
export function explainSessionPermissions(
  layers: readonly SessionPermissionLayer[],
): Record<SessionPermissionName, ExplainedSessionPermission> {
  return Object.fromEntries(
    SESSION_PERMISSION_NAMES.map((name) => [name, explainSessionPermission(name, layers)]),
  ) as Record<SessionPermissionName, ExplainedSessionPermission>;
}

/** Of a participant who was invited with a profile: it has the first say, and for that participant alone. */
export function participantPermissions(
  session: SessionPermissionSet,
  profile: SessionPolicyFacts | undefined,
): SessionPermissionSet {
  return profile === undefined ? session : { ...session, ...profile.permissions };
}
