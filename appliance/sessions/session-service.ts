import { hasRight } from '../access/configuration-rights.ts';
import type { Actor, UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { RecordingReader, RecordingStore } from './recording-store.ts';
import { relayUrl } from './relay-url.ts';
import { type AttributeChanges, checkExternalKey, checkedAttributes } from './session-attributes.ts';
import type { EventParty, SessionEvent } from './session-event.ts';
import { endSession, partyOf, type SessionLifecycle } from './session-lifecycle.ts';
import { seesSession, sightOf } from './session-sight.ts';
import type { Recording, SessionPosition, SessionQuery } from './sessions.ts';
import type {
  SessionAttribute,
  SessionChannel,
  SessionParticipant,
  SupportSession,
} from './support-session.ts';

/** A session with everything a screen shows of it. */
export interface SessionView {
  session: SupportSession;
  participants: SessionParticipant[];
  attributes: SessionAttribute[];
  recordings: Recording[];
  channels: SessionChannel[];
}

export interface SessionViewPage {
  items: SessionView[];
  /** Counted up to `COUNT_LIMIT`. */
  total: number;
  next: SessionPosition | undefined;
}

/** Past this many, an exact total would cost more than it tells. */
export const COUNT_LIMIT = 100_000;

export interface SessionChanges {
  externalKey?: string | undefined;
  attributes?: AttributeChanges | undefined;
}

export interface SessionServiceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  lifecycle: SessionLifecycle;
  recordings: RecordingStore;
}

/**
 * Sessions that exist: looking, changing keys and attributes, ending, dialling again, watching recordings. People see
 * what `perm_view_support_reports` allows and always their own running sessions; they change and end their own, and
 * administrators every one. API accounts are not told apart here: whoever lets one in has checked
 * `perm_reporting_support` for looking and `perm_command` for changing. What somebody may not see is `not_found`.
 */
export class SessionService {
  private readonly deps: SessionServiceDeps;

  constructor(deps: SessionServiceDeps) {
    this.deps = deps;
  }

  async show(actor: Actor, lsid: string): Promise<SessionView> {
    return await this.viewOf(await this.visible(actor, lsid));
  }

  async list(
    actor: Actor,
    query: SessionQuery,
    after: SessionPosition | undefined,
    limit: number,
  ): Promise<SessionViewPage> {
    const { stores } = this.deps;
    const { sessions } = stores;
    const allowed = { ...query, sight: await sightOf(actor, stores) };
    const [page, total] = await Promise.all([
      sessions.page(allowed, after, limit),
      sessions.count(allowed, COUNT_LIMIT),
    ]);
    return { items: await this.viewsOf(page.sessions), total, next: page.next };
  }

  async events(actor: Actor, lsid: string, afterSequence: number, limit: number): Promise<SessionEvent[]> {
    const session = await this.visible(actor, lsid);
    return await this.deps.stores.sessions.events(session, afterSequence, limit);
  }

  /**
   * Also works on ended sessions: tickets are often numbered afterwards. Fails with `forbidden` for sessions of
   * others, and for the external key without the right perm_edit_external_key.
   */
  async change(actor: Actor, lsid: string, changes: SessionChanges): Promise<SessionView> {
    if (changes.externalKey !== undefined) checkExternalKey(changes.externalKey);
    requireOwn(actor, await this.visible(actor, lsid));
    if (changes.externalKey !== undefined) requireExternalKeyRight(actor);
    await this.deps.unitOfWork.inTransaction(async (stores) => {
      const session = (await stores.sessions.lock(lsid))!;
      await this.applyAttributes(stores, lsid, changes.attributes ?? {});
      if (changes.externalKey === undefined || changes.externalKey === session.externalKey) return;
      await stores.sessions.setExternalKey(lsid, changes.externalKey);
      await stores.sessions.addEvent(session, {
        type: 'External Key',
        performedBy: await this.partyFor(stores, actor, session),
        body: changes.externalKey,
      });
    });
    await this.deps.lifecycle.publish('session.changed', { lsid });
    return await this.show(actor, lsid);
  }

  /**
   * Fails with `conflict` when it has ended already and with `forbidden` for sessions of others. An administrator's
   * or a program's ending somebody else's session is audited.
   */
  async terminate(actor: Actor, lsid: string): Promise<SessionView> {
    requireOwn(actor, await this.visible(actor, lsid));
    await this.deps.unitOfWork.inTransaction(async (stores) => {
      const session = (await stores.sessions.lock(lsid))!;
      const own = actor.kind === 'user' && actor.userId === session.userId;
      const performedBy = await this.partyFor(stores, actor, session);
      const reason = own ? 'representative_closed' : 'terminated';
      if (!(await endSession(stores, session, { reason, performedBy }))) {
        throw new ApplianceError('conflict', 'The session has ended already.');
      }
      if (own) return;
      await stores.auditLog.record({
        type: 'session.terminated',
        actor,
        object: { type: 'session', id: lsid, name: session.jumpItemName },
      });
    });
    await this.deps.lifecycle.announceEnd(lsid);
    // Whoever ended it learns how, also somebody who may not look at ended sessions.
    return await this.viewOf((await this.deps.stores.sessions.find(lsid))!);
  }

  /** A new ticket for the representative whose connection dropped. Only for the session's own representative. */
  async ticketFor(
    actor: UserActor,
    lsid: string,
    channelId: string,
  ): Promise<{ relayUrl: string; expiresAt: Date }> {
    const session = await this.visible(actor, lsid);
    const { stores } = this.deps;
    const channel = await stores.sessions.findChannel(channelId);
    if (channel?.lsid !== lsid) throw new ApplianceError('not_found', 'There is no such channel.');
    if (session.userId !== actor.userId) {
      throw new ApplianceError('forbidden', 'Only the representative of a session can work in it.');
    }
    if (session.state === 'ended' || channel.closedAt)
      throw new ApplianceError('conflict', 'The session has ended.');
    const node = (await stores.serverNodes.live()).find(({ id }) => id === channel.nodeId);
    if (!node) {
      throw new ApplianceError(
        'unavailable',
        'The server process that carried the session stopped. Start the session again.',
      );
    }
    const ticket = randomToken(43);
    const expiresAt = await stores.relayTickets.insert({
      hash: hashSecret(ticket),
      channelId,
      nodeId: node.id,
      holder: { end: 'representative', userId: actor.userId, credentialId: actor.credentialId },
    });
    return { relayUrl: relayUrl(node.nodeUrl, ticket), expiresAt };
  }

  /**
   * The recording as far as it goes; each look is audited before the first byte. Fails with `forbidden` for people
   * without the right perm_view_sd_recordings.
   */
  async openRecording(
    actor: Actor,
    lsid: string,
    instance: number,
  ): Promise<{ session: SupportSession; reader: RecordingReader }> {
    const session = await this.visible(actor, lsid);
    if (actor.kind === 'user' && !hasRight(actor, 'perm_view_sd_recordings')) {
      throw new ApplianceError('forbidden', 'This needs the right perm_view_sd_recordings.');
    }
    const { stores, unitOfWork, recordings } = this.deps;
    const recording = await stores.sessions.findRecording(lsid, instance);
    if (!recording) throw new ApplianceError('not_found', 'There is no such recording.');
    const reader = await recordings.open(recording.location);
    await unitOfWork.inTransaction(async ({ auditLog }) => {
      await auditLog.record({
        type: 'recording.viewed',
        actor,
        object: { type: 'session', id: lsid, name: session.jumpItemName },
        after: { instance },
      });
    });
    return { session, reader };
  }

  private async applyAttributes(
    { sessions }: Stores,
    lsid: string,
    changes: AttributeChanges,
  ): Promise<void> {
    const present = new Map(
      (await sessions.attributes(lsid)).map(({ codeName, value }) => [codeName, value]),
    );
    for (const [codeName, value] of await checkedAttributes(sessions, changes, present)) {
      if (value === null) await sessions.removeAttribute(lsid, codeName);
      else await sessions.setAttribute(lsid, codeName, value);
    }
  }

  /** The participant an actor is, or the system with the actor's name. */
  private async partyFor({ sessions }: Stores, actor: Actor, session: SupportSession): Promise<EventParty> {
    if (actor.kind === 'user') {
      const participants = await sessions.participants(session.lsid);
      const self = participants.find(({ userId }) => userId === actor.userId);
      if (self) return partyOf(self);
    }
    return { type: 'system', gsnumber: 0, name: actor.kind === 'user' ? actor.displayName : actor.name };
  }

  private async visible(actor: Actor, lsid: string): Promise<SupportSession> {
    const { stores } = this.deps;
    const { sessions } = stores;
    const session = await sessions.find(lsid);
    if (!session || !seesSession(await sightOf(actor, stores), session))
      throw new ApplianceError('not_found', 'There is no such session.');
    return session;
  }

  private async viewOf(session: SupportSession): Promise<SessionView> {
    return (await this.viewsOf([session]))[0]!;
  }

  private async viewsOf(sessions: SupportSession[]): Promise<SessionView[]> {
    if (sessions.length === 0) return [];
    const details = await this.deps.stores.sessions.details(sessions.map(({ lsid }) => lsid));
    return sessions.map((session) => ({
      session,
      participants: details.participants.get(session.lsid) ?? [],
      attributes: details.attributes.get(session.lsid) ?? [],
      recordings: details.recordings.get(session.lsid) ?? [],
      channels: details.channels.get(session.lsid) ?? [],
    }));
  }
}

/** Seeing the sessions of others is not working in them. */
function requireOwn(actor: Actor, session: Pick<SupportSession, 'userId'>): void {
  if (actor.kind !== 'user' || actor.administrator || actor.userId === session.userId) return;
  throw new ApplianceError('forbidden', 'Only its representative or an administrator may change a session.');
}

function requireExternalKeyRight(actor: Actor): void {
  if (actor.kind !== 'user' || hasRight(actor, 'perm_edit_external_key')) return;
  throw new ApplianceError('forbidden', 'This needs the right perm_edit_external_key.');
}
