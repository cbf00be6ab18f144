import { dateTime } from '../../../appliance/date-time.ts';
import { filterRulesOf } from '../../../appliance/jump/filter-rules.ts';
import type { FieldValue, JumpItem, JumpItemKind } from '../../../appliance/jump/jump-item.ts';
import { fieldOf, KINDS, type KindField } from '../../../appliance/jump/jump-item-kinds.ts';
import type { JumpItemInput } from '../../../appliance/jump/jump-item-rules.ts';
import type { JumpItemHit } from '../../../appliance/jump/jump-item-search.ts';
import type { AnswerOf, BodyOf } from '../../contract/handlers.ts';

/** What every kind's request has; the contract has checked the rest by kind. */
export type JumpItemBody = Partial<BodyOf<'api.config.jump-item.vpro.store'>>;

/** A request body of the kind in the words of the appliance. */
export function fromBody(kind: JumpItemKind, body: JumpItemBody): JumpItemInput {
  const values = body as Readonly<Record<string, FieldValue | undefined>>;
  return {
    name: body.name,
    jumpGroupId: body.jump_group_id,
    jumpGroupType: body.jump_group_type,
    tag: body.tag,
    comments: body.comments,
    jumpPolicyId: body.jump_policy_id,
    sessionPolicyId: body.session_policy_id,
    publicPortalId: body.public_portal_id,
    externalId: body.external_id,
    fields: Object.fromEntries(
      KINDS[kind].fields.map((field) => [field.name, fromWire(field, values[field.name])]),
    ),
  };
}

/** Filter rules are a list on the wire. */
function fromWire({ type }: KindField, value: unknown): FieldValue | undefined {
  return type === 'filter_rules' && Array.isArray(value)
    ? JSON.stringify(value)
    : (value as FieldValue | undefined);
}

/** An item as its kind's operations answer it, `id` first. */
export function toAnswer(item: JumpItem): Record<string, unknown> {
  const answer: Record<string, unknown> = {
    id: item.id,
    name: item.name,
    jump_group_id: item.jumpGroupId,
    jump_group_type: item.jumpGroupType,
    tag: item.tag,
    comments: item.comments,
    jump_policy_id: item.jumpPolicyId,
    session_policy_id: item.sessionPolicyId,
    external_id: item.externalId,
    public_portal_id: item.publicPortalId,
  };
  for (const field of KINDS[item.kind].fields) answer[field.name] = toWire(field, fieldOf(item, field));
  if (item.kind === 'remote_rdp') answer['endpoint_id'] = item.vaultEndpointId;
  return answer;
}

function toWire({ type }: KindField, value: FieldValue): unknown {
  return type === 'filter_rules' ? filterRulesOf(String(value)) : value;
}

type Summary = AnswerOf<'api.config.jump-item.index', 200>['items'][number];

/** A hit of the search over all kinds. */
export function toSummary(hit: JumpItemHit): Summary {
  return {
    id: hit.id,
    type: hit.kind,
    name: hit.name,
    hostname: hit.hostname,
    port: hit.port,
    username: hit.username,
    jump_group_id: hit.jumpGroupId,
    jump_group_type: hit.jumpGroupType,
    group: hit.group,
    jumpoint_id: hit.jumpointId,
    jumpoint: hit.jumpoint,
    jump_policy_id: hit.jumpPolicyId,
    tag: hit.tag,
    comments: hit.comments,
    status: hit.status,
    console_user: hit.consoleUser,
    domain: hit.domain,
    fqdn: hit.fqdn,
    workgroup: hit.workgroup,
    private_ip: hit.privateIp,
    public_ip: hit.publicIp,
    last_accessed: hit.lastAccessedAt === null ? null : dateTime(hit.lastAccessedAt),
    external_id: hit.externalId,
    created_at: dateTime(hit.createdAt),
  };
}
