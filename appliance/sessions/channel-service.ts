import type { Clock } from '../clock.ts';
import { decideJump } from '../jump/jump-decision.ts';
import { isJumpItemKind } from '../jump/jump-item.ts';
import type { Jumpoint } from '../jump/jumpoint.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { gatherJump, type JumpSubject, personFor } from './jump-facts.ts';
import type { TicketHolder } from './relay-tickets.ts';
import { relayUrl } from './relay-url.ts';
import type { SessionCredential } from './session-credential.ts';
import { eventValues } from './session-event.ts';
import { endSession, partyOf, type SessionEnd, type SessionLifecycle } from './session-lifecycle.ts';
import { memberValues, RECONNECT_SECONDS } from './session-start.ts';
import type { NewParticipant } from './sessions.ts';
import type { SessionChannel, ShellTarget, SupportSession } from './support-session.ts';

/** What the Jumpoint is told to open. */
export interface ChannelOrder {
  jumpointNodeId: number;
  channelId: string;
  lsid: string;
  relayUrl: string;
  target: ShellTarget;
  size: { columns: number; rows: number };
  access: Pick<Jumpoint, 'shellJumpAccess' | 'shellJumpRanges' | 'shellJumpProvisioned'>;
  /** One waits for the Jumpoint to ask for it. */
  credential: Pick<SessionCredential, 'name' | 'keepsUsername'> | undefined;
}

/** An end that has proved itself by its ticket. */
export interface AdmittedEnd {
  holder: TicketHolder;
  session: SupportSession;
  channel: SessionChannel & { columns: number; rows: number };
}

export interface ChannelServiceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  lifecycle: SessionLifecycle;
  settings: SiteSettingsSource;
  clock: Clock;
  nodeId: string;
  nodeUrl: string;
}

/** What the process that carries a channel does to its session, step by step as the two ends come, work and go. */
export class ChannelService {
  private readonly deps: ChannelServiceDeps;

  constructor(deps: ChannelServiceDeps) {
    this.deps = deps;
  }

  /** A ticket and the order for the Jumpoint; undefined when the channel is closed or carried elsewhere. */
  async orderFor(channelId: string): Promise<ChannelOrder | undefined> {
    const { stores, nodeId, nodeUrl } = this.deps;
    const channel = await stores.sessions.findChannel(channelId);
    if (!channel || channel.closedAt || channel.nodeId !== nodeId) return undefined;
    const session = await stores.sessions.find(channel.lsid);
    if (!session?.jumpointNodeId || !session.jumpointId || session.state === 'ended') return undefined;
    const jumpoint = await stores.jumpoints.findById(session.jumpointId);
    if (!jumpoint) return undefined;
    const ticket = randomToken(43);
    await stores.relayTickets.insert({
      hash: hashSecret(ticket),
      channelId,
      nodeId,
      holder: { end: 'jumpoint', jumpointNodeId: session.jumpointNodeId },
    });
    return {
      jumpointNodeId: session.jumpointNodeId,
      channelId,
      lsid: session.lsid,
      relayUrl: relayUrl(nodeUrl, ticket),
      target: session.target,
      size: { columns: channel.columns, rows: channel.rows },
      access: jumpoint,
      credential: await stores.sessionCredentials.find(session.lsid),
    };
  }

  /** Redeems a ticket and asks again whether its holder may. Undefined: no. The ticket is used up either way. */
  async admit(ticket: string): Promise<AdmittedEnd | undefined> {
    const { stores, nodeId } = this.deps;
    const redeemed = await stores.relayTickets.redeem(hashSecret(ticket), nodeId);
    if (!redeemed) return undefined;
    const [session, channel] = await Promise.all([
      stores.sessions.find(redeemed.lsid),
      stores.sessions.findChannel(redeemed.channelId),
    ]);
    if (!session || !channel || session.state === 'ended' || channel.closedAt) return undefined;
    const { holder } = redeemed;
    const may =
      holder.end === 'representative'
        ? await this.mayContinue(session.lsid, holder.userId)
        : (await stores.jumpointPresence.findProgram(holder.jumpointNodeId))?.enabled === true;
    return may ? { holder, session, channel } : undefined;
  }

  /** Whether this representative may still work in this session: rights may have changed since it began. */
  async mayContinue(lsid: string, userId: number): Promise<boolean> {
    return (await this.noLongerAllowed(userId, [lsid])).length === 0;
  }

  /** Those of the sessions in which this person may not go on working. What bears on the person is read once. */
  async noLongerAllowed(userId: number, lsids: readonly string[]): Promise<string[]> {
    const { stores, settings, clock } = this.deps;
    const running = await Promise.all(lsids.map((lsid) => this.runningJump(lsid, userId)));
    const subjects = running.filter((subject) => subject !== undefined);
    const person = await personFor(stores, userId, subjects);
    const allowed = await Promise.all(
      running.map(async (subject) => {
        if (subject === undefined || person === undefined) return false;
        const { facts, jumpoint } = await gatherJump(stores, person, subject, {
          phase: 'continue',
          now: clock.now(),
          overrideSchedule: false,
          explain: false,
          site: settings.current(),
        });
        return jumpoint !== undefined && decideJump(facts).allowed;
      }),
    );
    return lsids.filter((_, index) => !allowed[index]);
  }

  /** The session as a jump that goes on; undefined when it is not this person's to work in. */
  private async runningJump(lsid: string, userId: number): Promise<JumpSubject | undefined> {
    const { stores } = this.deps;
    const session = await stores.sessions.find(lsid);
    if (session === undefined || session.userId !== userId || !isJumpItemKind(session.jumpItemKind)) {
      return undefined;
    }
    const {
      jumpItemId,
      jumpItemKind: kind,
      jumpItemName: name,
      jumpointId,
      target,
      customerPresent,
      ecmEndpointId,
    } = session;
    // An item that was deleted meanwhile leaves a session without one; what was dialled stays under the other rules.
    const item = jumpItemId === undefined ? undefined : await stores.jumpItems.findById(jumpItemId, kind);
    return { kind, item, name, jumpointId, shell: target, customerPresent, ecmEndpointId };
  }

  async representativeJoined(lsid: string, publicIp: string): Promise<void> {
    await this.whileRunning(lsid, async ({ sessions }, session) => {
      await sessions.clearDeadline(lsid, 'representative_reconnect');
      const person = (await sessions.participants(lsid)).find(({ owner }) => owner);
      if (person) await sessions.setParticipantAddress(session.lsid, person.gsnumber, publicIp);
    });
  }

  /** The socket dropped: the representative has a minute to come back. */
  async representativeLeft(lsid: string): Promise<void> {
    await this.whileRunning(lsid, ({ sessions }) =>
      sessions.setDeadline(lsid, 'representative_reconnect', RECONNECT_SECONDS),
    );
  }

  async jumpointJoined(lsid: string): Promise<void> {
    await this.whileRunning(lsid, ({ sessions }) => sessions.clearDeadline(lsid, 'jumpoint_answer'));
  }

  /** The shell is there: the remote system joins, the recording is entered, the session is active. False: it has ended. */
  async connected(
    lsid: string,
    instance: number,
    facts: {
      publicIp: string;
      recording: { location: string; startedAt: Date; columns: number; rows: number } | undefined;
    },
  ): Promise<boolean> {
    let running = false;
    await this.whileRunning(lsid, async ({ sessions }, session) => {
      running = true;
      const person = remoteSystem(session, facts.publicIp);
      const customer = partyOf({ ...person, gsnumber: await sessions.addParticipant(lsid, person) });
      await sessions.addEvent(session, {
        type: 'Conference Member Added',
        destination: customer,
        data: memberValues(person),
      });
      const owner = (await sessions.participants(lsid)).find((participant) => participant.owner);
      if (facts.recording) {
        await sessions.addRecording({ lsid, instance, kind: 'command_shell', ...facts.recording });
      }
      await sessions.addEvent(session, {
        type: 'Command Shell Session Started',
        ...(owner && { performedBy: partyOf(owner) }),
        destination: customer,
        data: eventValues({ instance: String(instance) }),
      });
      await sessions.markActive(lsid);
    });
    if (running) await this.deps.lifecycle.publish('session.changed', { lsid });
    return running;
  }

  /** The recording broke off. Without `end` the session goes on, with a note in its log. */
  async recordingFailed(lsid: string, instance: number, reason: string, end: boolean): Promise<void> {
    const ended = await this.whileRunning(lsid, async (stores, session) => {
      await stores.sessions.finishRecording(lsid, instance, { failure: reason });
      await stores.sessions.addEvent(session, {
        type: 'Session Note Added',
        body: `The recording stopped: ${reason}`,
      });
      await stores.auditLog.record({
        type: 'recording.failed',
        actor: { kind: 'system', name: 'Bridgehead' },
        object: { type: 'session', id: lsid, name: session.jumpItemName },
        after: { instance, reason, session_ended: end },
      });
      return end && (await endSession(stores, session, { reason: 'recording_failed' }));
    });
    if (ended) await this.deps.lifecycle.announceEnd(lsid);
  }

  async finishRecording(lsid: string, instance: number, bytes: number): Promise<void> {
    await this.deps.unitOfWork.inTransaction(({ sessions }) =>
      sessions.finishRecording(lsid, instance, { bytes }),
    );
  }

  /** Ends the session; when the representative did it, in that name. */
  async end(lsid: string, reason: SessionEnd['reason']): Promise<void> {
    const byPerson = reason === 'representative_closed' || reason === 'signed_out';
    const owner = byPerson
      ? (await this.deps.stores.sessions.participants(lsid)).find((participant) => participant.owner)
      : undefined;
    await this.deps.lifecycle.end(lsid, { reason, ...(owner && { performedBy: partyOf(owner) }) });
  }

  private async whileRunning<T>(
    lsid: string,
    work: (stores: Stores, session: SupportSession) => Promise<T>,
  ): Promise<T | undefined> {
    return await this.deps.unitOfWork.inTransaction(async (stores) => {
      const session = await stores.sessions.lock(lsid);
      return session && session.state !== 'ended' ? await work(stores, session) : undefined;
    });
  }
}

function remoteSystem(session: SupportSession, publicIp: string): NewParticipant {
  return {
    role: 'customer',
    userId: undefined,
    username: session.jumpItemName,
    publicDisplayName: session.jumpItemName,
    privateDisplayName: session.jumpItemName,
    publicIp,
    privateIp: '',
    hostname: session.target.hostname,
    os: '',
    owner: false,
  };
}
