import { ApplianceError, type FieldErrors } from '../errors.ts';
import { filterRulesOf, filterRulesProblem, filterRulesText } from './filter-rules.ts';
import type { FieldValue, JumpGroupType, JumpItem, JumpItemKind, NewJumpItem } from './jump-item.ts';
import { KINDS, type KindColumn, type KindField, SHELL_PORTS } from './jump-item-kinds.ts';

/**
 * What a caller says about an item. Undefined leaves a member as it is (a new item gets the default), null clears
 * it. `fields` are those of the kind, by wire name.
 */
export interface JumpItemInput {
  name?: string | undefined;
  jumpGroupId?: number | undefined;
  jumpGroupType?: JumpGroupType | null | undefined;
  tag?: string | null | undefined;
  comments?: string | null | undefined;
  jumpPolicyId?: number | null | undefined;
  sessionPolicyId?: number | null | undefined;
  publicPortalId?: number | null | undefined;
  externalId?: string | null | undefined;
  fields?: Readonly<Record<string, FieldValue | undefined>>;
}

/** A new item of the kind, complete with defaults. Fails with `invalid` and every field that breaks a rule. */
export function newJumpItem(kind: JumpItemKind, input: JumpItemInput): NewJumpItem {
  const errors: FieldErrors = {};
  if (input.name === undefined) errors['name'] = ['name is required.'];
  if (input.jumpGroupId === undefined) errors['jump_group_id'] = ['jump_group_id is required.'];
  for (const field of KINDS[kind].fields) {
    if (field.required === true && (input.fields?.[field.name] ?? null) === null) {
      errors[field.name] = [`${field.name} is required.`];
    }
  }
  refuse(errors);
  const blank: NewJumpItem = {
    kind,
    name: '',
    hostname: '',
    jumpGroupType: 'shared',
    jumpGroupId: 0,
    jumpointId: null,
    port: null,
    username: '',
    domain: '',
    tag: '',
    comments: '',
    jumpPolicyId: null,
    sessionPolicyId: null,
    attendedSessionPolicyId: null,
    publicPortalId: null,
    externalId: '',
    settings: {},
  };
  for (const field of KINDS[kind].fields) put(blank, field, field.default);
  return withChanges(blank, input);
}

/** The item after the change. The kind stays. Fails with `invalid` and every field that breaks a rule. */
export function changedJumpItem(item: JumpItem, input: JumpItemInput): JumpItem {
  // Without a word about the port, the one that only followed from the protocol follows the new protocol.
  const followed = item.kind === 'shell_jump' && item.port === shellPort(item);
  const changesProtocol = input.fields?.['protocol'] !== undefined && input.fields['port'] === undefined;
  return withChanges(followed && changesProtocol ? { ...item, port: null } : item, input);
}

function withChanges<T extends NewJumpItem>(before: T, input: JumpItemInput): T {
  const item: T = {
    ...before,
    settings: { ...before.settings },
    name: input.name ?? before.name,
    jumpGroupId: input.jumpGroupId ?? before.jumpGroupId,
    jumpGroupType: input.jumpGroupType ?? before.jumpGroupType,
    tag: given(input.tag, '', before.tag),
    comments: given(input.comments, '', before.comments),
    jumpPolicyId: given(input.jumpPolicyId, null, before.jumpPolicyId),
    sessionPolicyId: given(input.sessionPolicyId, null, before.sessionPolicyId),
    publicPortalId: given(input.publicPortalId, null, before.publicPortalId),
    externalId: given(input.externalId, '', before.externalId),
  };
  const errors: FieldErrors = {};
  for (const field of KINDS[item.kind].fields) {
    const value = input.fields?.[field.name];
    if (value === undefined) continue;
    if (value === null) {
      // What an item has to have cannot be cleared: null then counts as left out.
      if (field.required !== true && !isNeeded(item, input, field.name)) put(item, field, field.default);
      continue;
    }
    const known = typeof value === 'string' ? (field.spellings?.[value] ?? value) : value;
    const problem = problemOf(field, known);
    if (problem === undefined) put(item, field, canonical(field, known));
    else errors[field.name] = [`${field.name} ${problem}.`];
  }
  refuse(errors);
  derive(item);
  refuse(ruleErrors(item));
  return item;
}

/** What a Protocol Tunnel has to have, by the type it is of after the change. */
const NEEDED_BY_TUNNELS: Readonly<Record<string, readonly string[]>> = {
  tcp: ['hostname', 'tunnel_definitions'],
  mssql: ['hostname'],
  k8s: ['url', 'ca_certificates'],
};

function isNeeded(item: NewJumpItem, input: JumpItemInput, name: string): boolean {
  if (item.kind !== 'protocol_tunnel') return false;
  const type = input.fields?.['tunnel_type'] ?? item.settings['tunnel_type'];
  return NEEDED_BY_TUNNELS[String(type)]?.includes(name) === true;
}

/** What follows from other fields. */
function derive(item: NewJumpItem): void {
  if (item.kind === 'shell_jump') item.port ??= shellPort(item);
  if (item.kind === 'protocol_tunnel' && item.settings['tunnel_type'] === 'k8s') {
    const url = String(item.settings['url'] ?? '');
    if (URL.canParse(url)) item.hostname = new URL(url).hostname.slice(0, 128);
  }
}

function shellPort(item: NewJumpItem): number {
  return SHELL_PORTS[item.settings['protocol'] === 'telnet' ? 'telnet' : 'ssh'];
}

/** Rules over more than one field. */
function ruleErrors(item: NewJumpItem): FieldErrors {
  if (item.kind === 'protocol_tunnel') return tunnelErrors(item);
  if (item.kind === 'web_jump' && !isWebUrl(item.hostname)) {
    return { url: ['url must be a web address such as https://example.com/login.'] };
  }
  return {};
}

function tunnelErrors(item: NewJumpItem): FieldErrors {
  const errors: FieldErrors = {};
  const {
    tunnel_type: type,
    tunnel_definitions: definitions,
    url,
    ca_certificates: certificates,
  } = item.settings;
  if (type === 'k8s') {
    if (!isWebUrl(String(url ?? ''))) errors['url'] = ['url is required for k8s and must be a web address.'];
    if (!certificates) errors['ca_certificates'] = ['ca_certificates is required for k8s.'];
  } else if (item.hostname === '') {
    errors['hostname'] = ['hostname is required.'];
  }
  if (type === 'tcp' && !areTunnelDefinitions(String(definitions ?? ''))) {
    errors['tunnel_definitions'] = [
      'tunnel_definitions must be local and remote ports in pairs joined by ";", such as 22;24;26;28: local 0 to 65535, remote 1 to 65535.',
    ];
  }
  return errors;
}

function areTunnelDefinitions(definitions: string): boolean {
  const ports = definitions.split(';');
  return (
    ports.length % 2 === 0 &&
    ports.every((port, index) => /^\d{1,5}$/.test(port) && Number(port) <= 65535 && Number(port) >= index % 2)
  );
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Why the value cannot be, said without the field's name; undefined when it can. */
export function problemOf(field: KindField, value: FieldValue): string | undefined {
  if (field.type === 'boolean') return typeof value === 'boolean' ? undefined : 'must be true or false';
  if (field.type === 'integer' || field.type === 'reference') {
    if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be a whole number';
    const [least, most] = [field.least ?? 1, field.most ?? 2_147_483_647];
    return value < least || value > most ? `must be from ${least} to ${most}` : undefined;
  }
  if (typeof value !== 'string') return 'must be text';
  if (field.type === 'filter_rules') return filterRulesProblem(value);
  if (field.choices !== undefined && !field.choices.includes(value)) {
    return `must be one of ${field.choices.join(', ')}`;
  }
  if (value.length < (field.least ?? 0)) return `must have at least ${field.least} characters`;
  if (value.length > (field.most ?? Number.POSITIVE_INFINITY))
    return `must have at most ${field.most} characters`;
  if (field.pattern !== undefined && !field.pattern.test(value)) return field.patternText ?? 'is not valid';
  return undefined;
}

/** One spelling for what is the same, so that changes are told from repetitions. */
function canonical(field: KindField, value: FieldValue): FieldValue {
  return field.type === 'filter_rules' ? filterRulesText(filterRulesOf(String(value))) : value;
}

function put(item: NewJumpItem, field: KindField, value: FieldValue): void {
  if (field.column === undefined) item.settings[field.name] = value;
  // The table of kinds and problemOf keep value and column of one type.
  else (item as Record<KindColumn, FieldValue>)[field.column] = value;
}

function given<T>(value: T | null | undefined, cleared: T, before: T): T {
  return value === undefined ? before : (value ?? cleared);
}

function refuse(errors: FieldErrors): void {
  const sentences = Object.values(errors).flat();
  if (sentences.length > 0) throw new ApplianceError('invalid', sentences.join(' '), { fields: errors });
}
