import { randomBytes } from 'node:crypto';
import { requireProofForJump } from '../access/fresh-proof.ts';
import type { PersonAccess } from '../access/person-access.ts';
import { refused } from '../access/ruling-path.ts';
import { sessionPermissions } from '../access/session-permission-rules.ts';
import type { UserActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import type { EcmEndpointHandles } from '../ecm/ecm-endpoint-handles.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { decideJump, type JumpDecision } from '../jump/jump-decision.ts';
import { KINDS } from '../jump/jump-item-kinds.ts';
import type { JumpPolicyRules } from '../jump/jump-policy-ruling.ts';
import type { Jumpoint } from '../jump/jumpoint.ts';
import type { TicketCheck } from '../jump/ticket-check.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialSources } from '../vault/credential-sources.ts';
import { type StartCredential, startCredential } from './credential-choice.ts';
import { nextNotice } from './forced-end.ts';
import {
  type GatheredJump,
  gatherJump,
  type JumpSubject,
  personFor,
  savedSubject,
  unsavedSubject,
} from './jump-facts.ts';
import type { ProgramCandidate } from './jumpoint-presence.ts';
import type { RecordingStore } from './recording-store.ts';
import { relayUrl } from './relay-url.ts';
import { checkExternalKey, checkedAttributes } from './session-attributes.ts';
import { eventValues, PRE_START_CONFERENCE, SYSTEM_PARTY } from './session-event.ts';
import { partyOf, type SessionLifecycle } from './session-lifecycle.ts';
import type { NewParticipant } from './sessions.ts';
import { adHocShell, givenUsername, type StartRequest } from './start-request.ts';
import { DEFAULT_START_METHOD, type ShellTarget, type SupportSession } from './support-session.ts';

/** Within these seconds both ends must have dialled in. */
export const JUMPOINT_ANSWER_SECONDS = 30;
export const RECONNECT_SECONDS = 60;

export interface StartedSession {
  session: SupportSession;
  channel: { id: string; relayUrl: string };
}

/** A jump that every rule allows and that has everything it takes. */
interface AllowedJump {
  subject: JumpSubject;
  person: PersonAccess;
  decision: JumpDecision;
  shell: ShellTarget;
  credential: StartCredential;
  jumpoint: Jumpoint;
  jumpPolicy: JumpPolicyRules | undefined;
}

export interface SessionStartDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  lifecycle: SessionLifecycle;
  settings: SiteSettingsSource;
  recordings: RecordingStore;
  ticketCheck: TicketCheck;
  credentials: CredentialSources;
  endpointHandles: EcmEndpointHandles;
  clock: Clock;
}

/** Starts jumps: every rule is asked here, then the session exists and its channel waits for both ends. */
export class SessionStart {
  private readonly deps: SessionStartDeps;

  constructor(deps: SessionStartDeps) {
    this.deps = deps;
  }

  /**
   * Fails with `not_found` (no such item, or not for this person), `forbidden` (method, role, Jumpoint, Jump Policy,
   * session policy, credential), `conflict` (in use), `invalid` (fields) or `unavailable` (no Jumpoint connected, no
   * room for the recording, the credential's source does not answer). Refusals by a rule carry its `reason`.
   */
  async start(actor: UserActor, request: StartRequest): Promise<StartedSession> {
    const { stores } = this.deps;
    checkExternalKey(request.externalKey ?? '');
    const allowed = await this.allowedJump(actor, request);
    await requireProofForJump(stores, actor, allowed.jumpPolicy);
    const jump = { ...allowed, credential: await this.credentialFor(actor, request, allowed) };
    const program = await this.chooseProgram(jump.jumpoint);
    if (this.deps.settings.current().recording_required) await this.deps.recordings.checkRoom();
    const attributes = await checkedAttributes(stores.sessions, request.customAttributes ?? {}, new Map());
    await this.requireTicket(actor, request, jump);
    const started = await this.create(actor, request, jump, program, attributes);
    await this.deps.lifecycle.publish('channel.open', {
      channel_id: started.channel.id,
      node_id: program.nodeId,
    });
    await this.deps.lifecycle.publish('session.changed', { lsid: started.session.lsid });
    return started;
  }

  /** The last question: another system is asked, and only about what everything else allows. */
  private async requireTicket(
    actor: UserActor,
    { ticketId }: StartRequest,
    { subject: { item }, jumpPolicy }: AllowedJump,
  ): Promise<void> {
    await this.deps.ticketCheck.require(actor, {
      policy: jumpPolicy,
      ticketId,
      item: item && { ...item, jumpGroupName: () => this.deps.stores.jumpStarts.ownerName(item) },
    });
  }

  private async credentialFor(
    actor: UserActor,
    { target, username, credential }: StartRequest,
    { subject, shell }: Pick<AllowedJump, 'subject' | 'shell'>,
  ): Promise<StartCredential> {
    const { stores, credentials: sources } = this.deps;
    return await startCredential({ stores, sources }, actor, {
      named: credential,
      subject,
      shell,
      username: givenUsername({ target, username }),
    });
  }

  private async allowedJump(
    actor: UserActor,
    request: StartRequest,
  ): Promise<Omit<AllowedJump, 'credential'>> {
    const { stores, clock, settings } = this.deps;
    const subject = await this.subjectOf(actor, request);
    const person = await personFor(stores, actor.userId, [subject]);
    if (person === undefined) throw new ApplianceError('forbidden', 'This account is disabled.');
    const gathered = await gatherJump(stores, person, subject, {
      phase: 'start',
      now: clock.now(),
      overrideSchedule: request.overrideSchedule === true,
      explain: false,
      site: settings.current(),
    });
    requireKnownJumpoint(person, subject, gathered);
    const decision = decideJump(gathered.facts);
    if (decision.refusal !== undefined) throw refused(decision.refusal);
    const { shell } = subject;
    const { jumpoint } = gathered;
    if (shell === undefined || jumpoint === undefined) {
      throw invalidField('jump_item', `Sessions of ${KINDS[subject.kind].label} cannot be started yet.`);
    }
    return { subject, person, decision, shell, jumpoint, jumpPolicy: gathered.facts.jumpPolicy };
  }

  private async subjectOf({ userId }: UserActor, { target, username }: StartRequest): Promise<JumpSubject> {
    if ('adHoc' in target) {
      const { endpointHandle, jumpointId } = target.adHoc;
      const shell = adHocShell(target.adHoc);
      const { endpointHandles, clock } = this.deps;
      const listed = endpointHandle
        ? endpointHandles.verified(endpointHandle, { userId, ...shell }, clock.now())
        : undefined;
      return unsavedSubject(shell, jumpointId, listed?.id);
    }
    const { id, kind } = target.jumpItem;
    const item = await this.deps.stores.jumpItems.findById(id, kind);
    if (!item) throw new ApplianceError('not_found', 'There is no such Jump Item.');
    const subject = savedSubject(item);
    return username && subject.shell ? { ...subject, shell: { ...subject.shell, username } } : subject;
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
    request: StartRequest,
    { subject, person, decision, shell, jumpoint, credential }: AllowedJump,
    program: ProgramCandidate,
    attributes: Map<string, string | null>,
  ): Promise<StartedSession> {
    const lsid = randomBytes(16).toString('hex');
    const ticket = randomToken(43);
    const { item } = subject;
    const { unitOfWork } = this.deps;
    return await unitOfWork.inTransaction(async (stores) => {
      const { sessions } = stores;
      const session = await sessions.insert({
        lsid,
        startMethod: request.startMethod || DEFAULT_START_METHOD,
        jumpItemId: item?.id,
        jumpItemKind: subject.kind,
        jumpItemName: subject.name,
        target: shell,
        jumpGroup: item && {
          id: item.jumpGroupId,
          type: item.jumpGroupType,
          name: await stores.jumpStarts.ownerName(item),
        },
        jumpoint,
        jumpointNodeId: program.jumpointNodeId,
        nodeId: program.nodeId,
        userId: actor.userId,
        externalKey: request.externalKey ?? '',
        ticketId: (request.ticketId ?? '').trim(),
        permissions: sessionPermissions(decision.permissionLayers),
        customerPresent: subject.customerPresent,
        ecmEndpointId: subject.ecmEndpointId,
      });
      for (const [codeName, value] of attributes) {
        if (value !== null) await sessions.setAttribute(lsid, codeName, value);
      }
      await this.recordStart(stores, session, representative(actor, person, request.remotePort));
      const { columns, rows } = request.size ?? { columns: 80, rows: 24 };
      const channel = await sessions.addChannel(lsid, {
        kind: 'terminal',
        nodeId: program.nodeId,
        columns,
        rows,
      });
      if (credential.choice !== undefined) {
        const { source, id, name } = credential.choice;
        const keepsUsername = givenUsername(request) !== '';
        await stores.sessionCredentials.insert({
          lsid,
          source,
          id,
          name,
          keepsUsername,
          userId: actor.userId,
        });
        if (credential.rememberFor !== undefined) {
          const { rememberFor } = credential;
          await stores.credentialPreferences.setDefault(actor.userId, rememberFor, { source, id, name });
        }
      }
      await stores.relayTickets.insert({
        hash: hashSecret(ticket),
        channelId: channel.id,
        nodeId: program.nodeId,
        holder: { end: 'representative', userId: actor.userId, credentialId: actor.credentialId },
      });
      await sessions.setDeadline(lsid, 'jumpoint_answer', JUMPOINT_ANSWER_SECONDS);
      await sessions.setDeadline(lsid, 'representative_reconnect', RECONNECT_SECONDS);
      await this.setForcedEnd(stores, lsid, decision.endsAt);
      if (item !== undefined) await stores.jumpStarts.markAccessed(item.id);
      await stores.ecmNotices.add(lsid, 'session_started');
      if (decision.overridden) {
        await stores.auditLog.record({
          type: 'jump_policy.schedule_overridden',
          actor,
          object: { type: 'session', id: lsid, name: subject.name },
          after: { jump_item_id: item?.id, jump_policy_id: item?.jumpPolicyId },
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

/** A Jumpoint that does not exist is no different from one that is not the person's, except to administrators. */
function requireKnownJumpoint(
  { administrator }: PersonAccess,
  { jumpointId }: JumpSubject,
  { jumpoint }: GatheredJump,
): void {
  if (jumpointId === undefined || jumpoint !== undefined) return;
  if (administrator) throw invalidField('jumpoint_id', 'There is no such Jumpoint.');
  throw new ApplianceError('forbidden', 'You may not use this Jumpoint.', {
    facts: { reason: 'jumpoint_membership' },
  });
}

function representative(
  actor: UserActor,
  { facts: { username, publicDisplayName, privateDisplayName } }: PersonAccess,
  remotePort: number | undefined,
): NewParticipant {
  return {
    role: 'representative',
    userId: actor.userId,
    username,
    publicDisplayName: publicDisplayName || username,
    privateDisplayName: privateDisplayName || publicDisplayName || username,
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
