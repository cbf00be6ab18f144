import type {
  EventParty,
  EventValue,
  SessionEvent,
  SessionEventType,
} from '../../appliance/sessions/session-event.ts';
import type { Recording } from '../../appliance/sessions/sessions.ts';
import type {
  EndReason,
  SessionChannel,
  SessionParticipant,
  SessionState,
  ShellTarget,
  SupportSession,
} from '../../appliance/sessions/support-session.ts';

export interface SessionRow {
  lsid: string;
  lseq: number;
  state: SessionState;
  start_method: string;
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
  session_permissions: SupportSession['permissions'];
  customer_present: boolean;
  ecm_endpoint_id: string | null;
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
    permissions: row.session_permissions,
    customerPresent: row.customer_present,
    ecmEndpointId: row.ecm_endpoint_id ?? undefined,
  };
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

export function toEvent(row: EventRow): SessionEvent {
  return {
    lsid: row.lsid,
    sequence: row.sequence,
    occurredAt: row.occurred_at,
    type: row.event_type,
    ...(row.performed_by && { performedBy: row.performed_by }),
    ...(row.destination && { destination: row.destination }),
    ...(row.body !== null && { body: row.body }),
    ...(row.data && { data: row.data }),
  };
}

export interface ChannelRow {
  id: string;
  lsid: string;
  kind: 'terminal';
  instance: number;
  node_id: string | null;
  created_at: Date;
  closed_at: Date | null;
  columns: number;
  rows: number;
}

export function toChannel(row: ChannelRow): SessionChannel & { columns: number; rows: number } {
  return {
    id: row.id,
    lsid: row.lsid,
    kind: row.kind,
    instance: row.instance,
    nodeId: row.node_id ?? undefined,
    createdAt: row.created_at,
    closedAt: row.closed_at ?? undefined,
    columns: row.columns,
    rows: row.rows,
  };
}

export interface RecordingRow {
  lsid: string;
  instance: number;
  kind: 'command_shell';
  location: string;
  started_at: Date;
  ended_at: Date | null;
  columns: number;
  rows: number;
  bytes: number;
  failure: string | null;
}

export function toRecording(row: RecordingRow): Recording {
  return {
    lsid: row.lsid,
    instance: row.instance,
    kind: row.kind,
    location: row.location,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    columns: row.columns,
    rows: row.rows,
    bytes: row.bytes,
    failure: row.failure ?? undefined,
  };
}
