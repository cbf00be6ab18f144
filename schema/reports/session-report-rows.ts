import type {
  EventParty,
  EventValue,
  SessionEvent,
  SessionEventType,
} from '../../appliance/sessions/session-event.ts';
import type {
  EndReason,
  SessionAttribute,
  SessionParticipant,
  SessionState,
  ShellTarget,
  StartMethod,
  SupportSession,
} from '../../appliance/sessions/support-session.ts';

export interface SessionRow {
  lsid: string;
  lseq: number;
  state: SessionState;
  start_method: StartMethod;
  started_at: Date;
  ended_at: Date | null;
  end_reason: EndReason | null;
  jump_item_id: number | null;
  jump_item_kind: string;
  jump_item_name: string;
  target: ShellTarget;
  jump_group_id: number | null;
  jump_group_type: 'shared' | 'personal' | null;
  jump_group_name: string | null;
  jumpoint_id: number | null;
  jumpoint_name: string | null;
  jumpoint_node_id: number | null;
  public_site_id: number;
  public_site_name: string;
  node_id: string | null;
  user_id: number | null;
  external_key: string;
  ticket_id: string;
}

export interface ParticipantRow {
  lsid: string;
  gsnumber: number;
  role: 'customer' | 'representative';
  user_id: number | null;
  username: string;
  public_display_name: string;
  private_display_name: string;
  public_ip: string;
  private_ip: string;
  hostname: string;
  os: string;
  owner: boolean;
  joined_at: Date;
  left_at: Date | null;
}

export interface EventRow {
  lsid: string;
  sequence: number;
  occurred_at: Date;
  event_type: SessionEventType;
  performed_by: EventParty | null;
  destination: EventParty | null;
  body: string | null;
  data: EventValue[] | null;
}

export interface AttributeRow {
  lsid: string;
  code_name: string;
  display_name: string;
  value: string;
}

export function toSession(row: SessionRow): SupportSession {
  return {
    lsid: row.lsid,
    lseq: row.lseq,
    state: row.state,
    startMethod: row.start_method,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    endReason: row.end_reason ?? undefined,
    jumpItemId: row.jump_item_id ?? undefined,
    jumpItemKind: row.jump_item_kind,
    jumpItemName: row.jump_item_name,
    target: row.target,
    jumpGroupId: row.jump_group_id ?? undefined,
    jumpGroupType: row.jump_group_type ?? undefined,
    jumpGroupName: row.jump_group_name ?? undefined,
    jumpointId: row.jumpoint_id ?? undefined,
    jumpointName: row.jumpoint_name ?? undefined,
    jumpointNodeId: row.jumpoint_node_id ?? undefined,
    publicSiteId: row.public_site_id,
    publicSiteName: row.public_site_name,
    nodeId: row.node_id ?? undefined,
    userId: row.user_id ?? undefined,
    externalKey: row.external_key,
    ticketId: row.ticket_id,
  };
}

export function toParticipant(row: ParticipantRow): SessionParticipant {
  return {
    gsnumber: row.gsnumber,
    role: row.role,
    userId: row.user_id ?? undefined,
    username: row.username,
    publicDisplayName: row.public_display_name,
    privateDisplayName: row.private_display_name,
    publicIp: row.public_ip,
    privateIp: row.private_ip,
    hostname: row.hostname,
    os: row.os,
    owner: row.owner,
    joinedAt: row.joined_at,
    leftAt: row.left_at ?? undefined,
  };
}

export function toEvent(row: EventRow): SessionEvent {
  return {
    lsid: row.lsid,
    sequence: row.sequence,
    occurredAt: row.occurred_at,
    type: row.event_type,
    ...(row.performed_by === null ? {} : { performedBy: row.performed_by }),
    ...(row.destination === null ? {} : { destination: row.destination }),
    ...(row.body === null ? {} : { body: row.body }),
    ...(row.data === null ? {} : { data: row.data }),
  };
}

export function toAttribute(row: AttributeRow): SessionAttribute {
  return { codeName: row.code_name, displayName: row.display_name, value: row.value };
}
