import type { ExplainedSetting, SettingSource } from '../../../appliance/access/effective-settings.ts';
import type { AnswerStep } from '../../../appliance/access/explain/access-answer.ts';
import type { NamedOwner, NamedUser } from '../../../appliance/access/explain/access-references.ts';
import type { NamedTarget } from '../../../appliance/access/explain/access-world.ts';
import type { BriefAnswer } from '../../../appliance/access/explain/standing.ts';
import type { RulingSource, RulingStatement } from '../../../appliance/access/ruling-path.ts';
import type {
  ExplainedSessionPermission,
  SessionPermissionSource,
} from '../../../appliance/access/session-permission-rules.ts';
import {
  SESSION_PERMISSION_NAMES,
  SESSION_PERMISSIONS,
  type SessionPermissionName,
} from '../../../appliance/access/session-permissions.ts';
import type { JumpItemGrant, RoleRuling } from '../../../appliance/jump/jump-item-grant.ts';
import type { components } from '../../generated/openapi.ts';

type Schemas = components['schemas'];

export function toSource(source: RulingSource): Schemas['AccessSource'] {
  if (source.kind === 'session_policy') return { ...source, status: null };
  if (source.kind !== 'group_policy') return { kind: source.kind, id: null, name: '', status: null };
  const { kind, id, name, status } = source;
  return { kind, id, name, status };
}

export function toSourceOrNull(source: RulingSource | undefined): Schemas['AccessSourceOrNull'] {
  return source === undefined ? null : toSource(source);
}

/** Roles of Jump Groups are ids, those of teams words. */
export function toStatement({ source, value, passedOver }: RulingStatement): Schemas['AccessStatement'] {
  return {
    source: toSource(source),
    value: value ?? null,
    passed_over:
      passedOver === undefined ? null : { because: passedOver.because, by: toSource(passedOver.by) },
  };
}

export function toStep({ said, ...step }: AnswerStep): Schemas['AccessStep'] {
  return {
    ...step,
    said: said.map(({ about, value, source, statements }) => ({
      about,
      value: value ?? null,
      source: toSourceOrNull(source),
      statements: statements.map(toStatement),
    })),
  };
}

/**
 * For callers who may not read the configuration: they learn what a start would tell them, which is the first refusal
 * alone, and no names of roles or policies on the way there.
 */
export function toOwnSteps(path: readonly AnswerStep[], refusal: string): Schemas['AccessStep'][] {
  const last = path.findIndex(({ allowed }) => !allowed);
  const told = last === -1 ? path : path.slice(0, last + 1);
  return told.map(({ rule, allowed }) => ({
    rule,
    allowed,
    message: allowed ? 'This allows it.' : refusal,
    facts: {},
    said: [],
  }));
}

export function toPermissionSource(
  { place, policy, setting }: SessionPermissionSource,
  withoutSources = false,
): Schemas['SessionPermissionSource'] {
  if (withoutSources) return { place, policy: null, setting: null };
  return {
    place,
    policy: policy ?? null,
    setting: setting === undefined ? null : { name: setting.name, source: toSource(setting.source) },
  };
}

/** Every permission in the order of the catalogue. */
export function toPermissions(
  permissions: Record<SessionPermissionName, ExplainedSessionPermission>,
  withoutSources = false,
): Schemas['ExplainedSessionPermission'][] {
  return SESSION_PERMISSION_NAMES.map((name) => {
    const { value, source, statements } = permissions[name];
    const { label, section } = SESSION_PERMISSIONS[name];
    return {
      name,
      label,
      section,
      value,
      source: toPermissionSource(source, withoutSources),
      statements: withoutSources
        ? []
        : statements.map((said) => ({
            source: toPermissionSource(said.source),
            value: said.value,
            holds: said.holds,
          })),
    };
  });
}

export function toPerson(user: NamedUser): Schemas['AccessPerson'] {
  const { id, username, publicDisplayName, privateDisplayName } = user;
  return {
    id,
    username,
    public_display_name: publicDisplayName,
    private_display_name: privateDisplayName,
  };
}

export function toBrief({ allowed, reason, message }: BriefAnswer): Schemas['AccessBriefAnswer'] {
  return { decision: allowed ? 'allow' : 'deny', reason, message };
}

export function toItem(target: NamedTarget): Schemas['AccessItem'] {
  const item = target.item!;
  return {
    id: item.id,
    type: target.kind,
    name: item.name,
    hostname: target.hostname,
    jump_group: {
      id: item.jumpGroupId,
      type: item.jumpGroupType,
      name: target.ownerName,
      code_name: target.ownerCodeName,
    },
    jumpoint: named(target.jumpoint),
    jump_policy: named(target.jumpPolicy),
  };
}

export function toGroup({ jumpGroupId, jumpGroupType, name, codeName }: NamedOwner): Schemas['AccessGroup'] {
  return { id: jumpGroupId, type: jumpGroupType, name, code_name: codeName };
}

function named(thing: NamedTarget['jumpoint']): Schemas['AccessCodeNamed'] | null {
  return thing === null ? null : { id: thing.id, name: thing.name, code_name: thing.codeName };
}

export function toRole(role: {
  id: number | undefined;
  name: string;
  because: RoleRuling['because'];
  source: SettingSource | undefined;
  permissions: JumpItemGrant;
}): Schemas['AccessRoleOfUser'] {
  const { id, name, because, source, permissions } = role;
  return { id: id ?? null, name, because, source: toSourceOrNull(source), permissions: [...permissions] };
}

export function toSetting(
  name: string,
  section: string,
  { value, source, statements }: ExplainedSetting,
): Schemas['UserAccess']['settings'][number] {
  return {
    name,
    section,
    value: value ?? null,
    source: toSource(source),
    statements: statements.map(toStatement),
  };
}
