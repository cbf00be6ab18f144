import { randomBytes } from 'node:crypto';
import type { UserActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { JumpItemKind } from '../jump/jump-item.ts';
import { KINDS } from '../jump/jump-item-kinds.ts';
import type { Jumpoint, ProvisionedTarget } from '../jump/jumpoint.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import {
  checkSchedule,
  type JumpPolicyRules,
  nextNotice,
  type ScheduleDecision,
  simultaneousJump,
} from './jump-policy-check.ts';
import { findJumpTarget, type JumpRights } from './jump-target.ts';
import type { ProgramCandidate } from './jumpoint-presence.ts';
import type { RecordingStore } from './recording-store.ts';
import { relayUrl } from './relay-url.ts';
import { type AttributeChanges, checkExternalKey, checkedAttributes } from './session-attributes.ts';
import { eventValues, PRE_START_CONFERENCE, SYSTEM_PARTY } from './session-event.ts';
import { partyOf, type SessionLifecycle } from './session-lifecycle.ts';
import type { NewParticipant } from './sessions.ts';
import { DEFAULT_START_METHOD, type ShellTarget, type SupportSession } from './support-session.ts';

/** Within these seconds both ends must have dialled in. */
export const JUMPOINT_ANSWER_SECONDS = 30;
export const RECONNECT_SECONDS = 60;

export interface AdHocTarget {
  jumpointId: number;
  hostname: string;
  port?: number | undefined;
  protocol?: ShellTarget['protocol'] | undefined;
  username?: string | undefined;
  terminal?: ShellTarget['terminal'] | undefined;
  keepAlive?: number | undefined;
}

export interface StartRequest {
  target: { jumpItem: { kind: JumpItemKind; id: number } } | { adHoc: AdHocTarget };
  /** Signs in to a saved item as this instead of its own user name. */
  username?: string | undefined;
  externalKey?: string | undefined;
  customAttributes?: AttributeChanges | undefined;
  ticketId?: string | undefined;
  overrideSchedule?: boolean | undefined;
  size?: { columns: number; rows: number } | undefined;
  startMethod?: string | undefined;
  /** Of the caller's connection; makes `ip:port` with the actor's address. */
  remotePort?: number | undefined;
}

export interface StartedSession {
  session: SupportSession;
  channel: { id: string; relayUrl: string };
}

interface Subject {
  kind: JumpItemKind;
  jumpItemId: number | undefined;
  name: string;
  shell: ShellTarget;
  jumpointId: number;
  jumpGroup: { id: number; type: 'shared' | 'personal'; name: string } | undefined;
  jumpPolicy: JumpPolicyRules | undefined;
  mayEditJumpPolicy: boolean;
}

export interface SessionStartDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  lifecycle: SessionLifecycle;
  settings: SiteSettingsSource;
  recordings: RecordingStore;
  clock: Clock;
}

/** Starts jumps: every rule is asked here, then the session exists and its channel waits for both ends. */
export class SessionStart {
  private readonly deps: SessionStartDeps;

  constructor(deps: SessionStartDeps) {
    this.deps = deps;
  }

  /**
   * Fails with `not_found` (no such item, or not for this person), `forbidden` (method, role, Jumpoint, schedule),
   * `conflict` (in use), `invalid` (fields) or `unavailable` (no Jumpoint connected, no room for the recording).
   */
  async start(actor: UserActor, request: StartRequest): Promise<StartedSession> {
    const { stores, clock } = this.deps;
    checkExternalKey(request.externalKey ?? '');
    const rights = await this.rightsOf(actor);
    const subject = await this.subjectOf(actor, rights, request);
    const schedule = checkSchedule(subject.jumpPolicy, clock.now(), {
      wanted: request.overrideSchedule === true,
      permitted: rights.administrator || subject.mayEditJumpPolicy,
    });
    await this.checkSimultaneous(subject);
    const jumpoint = await this.usableJumpoint(subject);
    const program = await this.chooseProgram(jumpoint);
    if (this.deps.settings.current().recording_required) await this.deps.recordings.checkRoom();
    const attributes = await checkedAttributes(stores.sessions, request.customAttributes ?? {}, new Map());
    const started = await this.create(
      actor,
      rights,
      request,
      subject,
      jumpoint,
      program,
      schedule,
      attributes,
    );
    await this.deps.lifecycle.publish('channel.open', {
      channel_id: started.channel.id,
      node_id: program.nodeId,
    });
    await this.deps.lifecycle.publish('session.changed', { lsid: started.session.lsid });
    return started;
  }

  private async rightsOf(actor: UserActor): Promise<JumpRights> {
    const rights = await this.deps.stores.jumpStarts.rightsOf(actor.userId);
    if (!rights?.enabled) throw new ApplianceError('forbidden', 'This account is disabled.');
    return rights;
  }

  private async subjectOf(actor: UserActor, rights: JumpRights, request: StartRequest): Promise<Subject> {
    const subject =
      'adHoc' in request.target
        ? await this.adHocSubject(actor, rights, request.target.adHoc)
        : signingInAs(request.username, await this.savedSubject(actor, rights, request.target.jumpItem));
    if (!rights.allowedJumpMethods.includes(subject.kind)) {
      throw new ApplianceError('forbidden', `You are not allowed to use ${KINDS[subject.kind].label}.`);
    }
    return subject;
  }

  /**
   * A personal item was made by its owner alone, so its Jumpoint must be one of theirs, now as then. For a shared
   * item the Jump Item Role decides alone: memberships of a Jumpoint that come from Jump Groups and group policies
   * are not kept, and asking for the direct ones would shut out people the role was given to. Administrators always
   * may.
   */
  private async savedSubject(
    actor: UserActor,
    rights: JumpRights,
    key: { kind: JumpItemKind; id: number },
  ): Promise<Subject> {
    const item = await findJumpTarget(this.deps.stores, actor, key.kind, key.id);
    if (!item) throw new ApplianceError('not_found', 'There is no such Jump Item.');
    if (!item.mayStart)
      throw new ApplianceError(
        'forbidden',
        'Your role does not allow starting sessions with this Jump Item.',
      );
    if (!item.shell || item.jumpointId === undefined) {
      throw invalidField('jump_item', `Sessions of ${KINDS[item.kind].label} cannot be started yet.`);
    }
    if (item.jumpGroup.type === 'personal') await this.requireJumpoint(actor, rights, item.jumpointId);
    return { ...item, jumpItemId: item.id, shell: item.shell, jumpointId: item.jumpointId };
  }

  private async requireJumpoint(actor: UserActor, rights: JumpRights, jumpointId: number): Promise<void> {
    if (rights.administrator) return;
    if (await this.deps.stores.jumpointMembers.has(jumpointId, actor.userId)) return;
    throw new ApplianceError('forbidden', 'You may not use this Jumpoint.');
  }

  private async adHocSubject(actor: UserActor, rights: JumpRights, target: AdHocTarget): Promise<Subject> {
    await this.requireJumpoint(actor, rights, target.jumpointId);
    const protocol = target.protocol ?? 'ssh';
    const hostname = target.hostname.trim();
    if (!hostname || /[\s\0]/.test(hostname))
      throw invalidField('ad_hoc.hostname', 'A host name or address is needed.');
    const shell: ShellTarget = {
      hostname,
      port: target.port ?? (protocol === 'ssh' ? 22 : 23),
      protocol,
      username: target.username ?? '',
      terminal: target.terminal ?? 'xterm',
      keep_alive: target.keepAlive ?? 0,
    };
    return {
      kind: 'shell_jump',
      jumpItemId: undefined,
      name: hostname,
      shell,
      jumpointId: target.jumpointId,
      jumpGroup: undefined,
      jumpPolicy: undefined,
      mayEditJumpPolicy: false,
    };
  }

  private async checkSimultaneous(subject: Subject): Promise<void> {
    const settings = this.deps.settings.current();
    if (simultaneousJump(subject.kind, subject.jumpPolicy, settings) !== 'disallow') return;
    const running = await this.deps.stores.sessions.count(
      { jumpItemId: subject.jumpItemId, state: 'active' },
      1,
    );
    if (running > 0)
      throw new ApplianceError('conflict', 'Somebody is working with this Jump Item; it cannot be shared.');
  }

  private async usableJumpoint(subject: Subject): Promise<Jumpoint> {
    const jumpoint = await this.deps.stores.jumpoints.findById(subject.jumpointId);
    if (!jumpoint) throw invalidField('jumpoint_id', 'There is no such Jumpoint.');
    if (!jumpoint.enabled)
      throw new ApplianceError('unavailable', `The Jumpoint “${jumpoint.name}” is disabled.`);
    if (!jumpoint.shellJumpEnabled) {
      throw new ApplianceError('forbidden', `The Jumpoint “${jumpoint.name}” does not allow Shell Jumps.`);
    }
    if (
      jumpoint.shellJumpAccess === 'provisioned' &&
      !isProvisioned(jumpoint.shellJumpProvisioned, subject.shell)
    ) {
      throw new ApplianceError(
        'forbidden',
        `The Jumpoint “${jumpoint.name}” allows Shell Jumps to provisioned systems only.`,
      );
    }
    return jumpoint;
  }

  private async chooseProgram(jumpoint: Jumpoint): Promise<ProgramCandidate> {
    const [program] = await this.deps.stores.jumpointPresence.candidates(jumpoint.id);
    if (!program) {
      throw new ApplianceError('unavailable', `The Jumpoint “${jumpoint.name}” is not connected right now.`);
    }
    return program;
  }

  private async create(
    actor: UserActor,
    rights: JumpRights,
    request: StartRequest,
    subject: Subject,
    jumpoint: Jumpoint,
    program: ProgramCandidate,
    schedule: ScheduleDecision,
    attributes: Map<string, string | null>,
  ): Promise<StartedSession> {
    const lsid = randomBytes(16).toString('hex');
    const ticket = randomToken(43);
    const { unitOfWork } = this.deps;
    return await unitOfWork.inTransaction(async (stores) => {
      const { sessions } = stores;
      const session = await sessions.insert({
        lsid,
        startMethod: request.startMethod || DEFAULT_START_METHOD,
        jumpItemId: subject.jumpItemId,
        jumpItemKind: subject.kind,
        jumpItemName: subject.name,
        target: subject.shell,
        jumpGroup: subject.jumpGroup,
        jumpoint,
        jumpointNodeId: program.jumpointNodeId,
        nodeId: program.nodeId,
        userId: actor.userId,
        externalKey: request.externalKey ?? '',
        ticketId: request.ticketId ?? '',
      });
      for (const [codeName, value] of attributes) {
        if (value !== null) await sessions.setAttribute(lsid, codeName, value);
      }
      await this.recordStart(stores, session, representative(actor, rights, request.remotePort));
      const { columns, rows } = request.size ?? { columns: 80, rows: 24 };
      const channel = await sessions.addChannel(lsid, {
        kind: 'terminal',
        nodeId: program.nodeId,
        columns,
        rows,
      });
      await stores.relayTickets.insert({
        hash: hashSecret(ticket),
        channelId: channel.id,
        nodeId: program.nodeId,
        holder: { end: 'representative', userId: actor.userId, credentialId: actor.credentialId },
      });
      await sessions.setDeadline(lsid, 'jumpoint_answer', JUMPOINT_ANSWER_SECONDS);
      await sessions.setDeadline(lsid, 'representative_reconnect', RECONNECT_SECONDS);
      await this.setForcedEnd(stores, lsid, schedule.endsAt);
      if (subject.jumpItemId !== undefined) await stores.jumpStarts.markAccessed(subject.jumpItemId);
      if (schedule.overridden) {
        await stores.auditLog.record({
          type: 'jump_policy.schedule_overridden',
          actor,
          object: { type: 'session', id: lsid, name: subject.name },
          after: { jump_item_id: subject.jumpItemId, jump_policy_id: subject.jumpPolicy?.id },
        });
      }
      return { session, channel: { id: channel.id, relayUrl: relayUrl(program.nodeUrl, ticket) } };
    });
  }

  private async recordStart(
    { sessions }: Stores,
    session: SupportSession,
    person: NewParticipant,
  ): Promise<void> {
    await sessions.addEvent(session, { type: 'Session Start' });
    await sessions.addEvent(session, {
      type: 'Conference Owner Changed',
      destination: { ...SYSTEM_PARTY, name: PRE_START_CONFERENCE },
      data: eventValues({ owner: PRE_START_CONFERENCE }),
    });
    const gsnumber = await sessions.addParticipant(session.lsid, person);
    const party = partyOf({ ...person, gsnumber });
    await sessions.addEvent(session, {
      type: 'Conference Member Added',
      destination: party,
      data: memberValues(person),
    });
    await sessions.addEvent(session, {
      type: 'Conference Owner Changed',
      destination: party,
      data: eventValues({ owner: party.name }),
    });
    if (session.externalKey) {
      await sessions.addEvent(session, {
        type: 'External Key',
        performedBy: party,
        body: session.externalKey,
      });
    }
  }

  private async setForcedEnd({ sessions }: Stores, lsid: string, endsAt: Date | undefined): Promise<void> {
    if (!endsAt) return;
    const facts = { ends_at: endsAt.toISOString() };
    await sessions.setDeadline(lsid, 'forced_end', endsAt, facts);
    const now = this.deps.clock.now();
    const untilEnd = endsAt.getTime() - now.getTime();
    // Inside the last quarter of an hour the first notice is due as soon as somebody is there to read it.
    const first = untilEnd < 15 * 60_000 ? now : nextNotice(endsAt, now);
    if (first) await sessions.setDeadline(lsid, 'forced_end_notice', first, facts);
  }
}

function signingInAs(username: string | undefined, subject: Subject): Subject {
  return username ? { ...subject, shell: { ...subject.shell, username } } : subject;
}

function representative(
  actor: UserActor,
  rights: JumpRights,
  remotePort: number | undefined,
): NewParticipant {
  return {
    role: 'representative',
    userId: actor.userId,
    username: rights.username,
    publicDisplayName: rights.publicDisplayName || rights.username,
    privateDisplayName: rights.privateDisplayName || rights.publicDisplayName || rights.username,
    publicIp: addressAndPort(actor.address, remotePort ?? 0),
    privateIp: '',
    hostname: '',
    os: '',
    owner: true,
  };
}

/** `ip:port`, IPv6 in brackets; empty when the address is not known. */
export function addressAndPort(address: string, port: number): string {
  if (!address) return '';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The values of Conference Member Added, under the names the reporting API gives them. */
export function memberValues(person: NewParticipant) {
  return eventValues({
    private_name: person.privateDisplayName,
    public_name: person.publicDisplayName,
    username: person.username,
    private_ip: person.privateIp,
    public_ip: person.publicIp,
    hostname: person.hostname,
    os: person.os,
    ...(person.userId !== undefined && { support_teams: '', user_id: String(person.userId) }),
  });
}

export function isProvisioned(provisioned: readonly ProvisionedTarget[], shell: ShellTarget): boolean {
  return provisioned.some(
    ({ hostname, port, protocol }) =>
      hostname.toLowerCase() === shell.hostname.toLowerCase() &&
      (!port || port === shell.port) &&
      (!protocol || protocol === shell.protocol),
  );
}
