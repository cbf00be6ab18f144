import type { SessionPermissionSet } from '../access/session-permission-rules.ts';

/** How a session came to be, as its caller says: `jump`, `client_script`, `launch_token`, `cli` ... At most 64 characters. */
export type StartMethod = string;
export const DEFAULT_START_METHOD: StartMethod = 'jump';

export type SessionState = 'starting' | 'active' | 'ended';

/**
 * Why a session ended. The first word group tells who or what did it: people (`representative_closed`, `terminated`,
 * `signed_out`), the target, the rules (`forced_end`), or something that broke.
 */
export const END_REASONS = [
  'representative_closed',
  'representative_lost',
  'signed_out',
  'terminated',
  'forced_end',
  'target_closed',
  'unreachable',
  'authentication_failed',
  'host_key_refused',
  'host_key_changed',
  'not_allowed',
  'protocol_error',
  'credential_unavailable',
  'jumpoint_lost',
  'jumpoint_timeout',
  'recording_failed',
  'node_lost',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** One plain sentence per end reason, for the representative's screen and for reports. */
export const END_REASON_TEXT: Record<EndReason, string> = {
  representative_closed: 'The representative closed the session.',
  representative_lost: 'The representative was disconnected and did not come back in time.',
  signed_out: 'The representative signed out or lost the right to this session.',
  terminated: 'The session was terminated.',
  forced_end: 'The Jump Policy does not permit access any longer.',
  target_closed: 'The remote system closed the connection.',
  unreachable: 'The remote system could not be reached.',
  authentication_failed: 'The remote system refused the credentials.',
  host_key_refused: 'The host key of the remote system was not accepted.',
  host_key_changed: 'The host key of the remote system has changed, so the connection was refused.',
  not_allowed: 'The Jumpoint does not allow connections to this system.',
  protocol_error: 'The remote system and the Jumpoint do not understand each other.',
  credential_unavailable: 'The credential chosen for this session could not be given.',
  jumpoint_lost: 'The Jumpoint was disconnected.',
  jumpoint_timeout: 'The Jumpoint did not answer in time.',
  recording_failed: 'The session could not be recorded, so it was ended.',
  node_lost: 'The server process that carried the session stopped. Start the session again.',
};

export type ShellProtocol = 'ssh' | 'telnet';

/** What the Jumpoint dials for a Shell Jump. */
export interface ShellTarget {
  hostname: string;
  /** 1-65535. */
  port: number;
  protocol: ShellProtocol;
  username: string;
  terminal: 'xterm' | 'VT100';
  /** Seconds between keep-alive packets, 0-300; 0 sends none. */
  keep_alive: number;
}

/** A session as stored: everything a report says is copied here at the start, nothing is joined to live configuration. */
export interface SupportSession {
  lsid: string;
  lseq: number;
  state: SessionState;
  startMethod: StartMethod;
  startedAt: Date;
  endedAt: Date | undefined;
  endReason: EndReason | undefined;
  jumpItemId: number | undefined;
  jumpItemKind: string;
  jumpItemName: string;
  target: ShellTarget;
  jumpGroupId: number | undefined;
  jumpGroupType: 'shared' | 'personal' | undefined;
  jumpGroupName: string | undefined;
  jumpointId: number | undefined;
  jumpointName: string | undefined;
  jumpointNodeId: number | undefined;
  publicSiteId: number;
  publicSiteName: string;
  nodeId: string | undefined;
  userId: number | undefined;
  externalKey: string;
  ticketId: string;
  /** As they were resolved when the session started; nothing for sessions from before there were any. */
  permissions: Partial<SessionPermissionSet>;
  customerPresent: boolean;
  /** What a credential manager calls the target, with its plug-in in front, where it is one that it listed. */
  ecmEndpointId: string | undefined;
}

export interface SessionParticipant {
  gsnumber: number;
  role: 'customer' | 'representative';
  userId: number | undefined;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  /** `ip:port`, IPv6 as `[ip]:port`; empty when unknown. */
  publicIp: string;
  privateIp: string;
  hostname: string;
  os: string;
  owner: boolean;
  joinedAt: Date;
  leftAt: Date | undefined;
}

/** One stream of bytes of a session between a representative and a Jumpoint, carried by the server process `nodeId`. */
export interface SessionChannel {
  id: string;
  lsid: string;
  kind: 'terminal';
  instance: number;
  nodeId: string | undefined;
  createdAt: Date;
  closedAt: Date | undefined;
}

/** A custom session attribute with its value in one session. */
export interface SessionAttribute {
  codeName: string;
  displayName: string;
  value: string;
}

export const EXTERNAL_KEY_LENGTH = 1024;
export const ATTRIBUTE_LENGTH = 1024;
/** All attribute values of a session together, in bytes of UTF-8. */
export const ATTRIBUTES_BYTES = 10_240;
