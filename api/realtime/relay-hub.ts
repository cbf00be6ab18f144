import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { CloseCode, MAX_RELAY_BYTES, RELAY_PATH_PREFIX, RELAY_SUBPROTOCOL } from '../../agents/protocol.ts';
import type { CredentialEvent, CredentialEvents } from '../../appliance/access/credential-events.ts';
import { dateTime } from '../../appliance/date-time.ts';
import type { AdmittedEnd, ChannelService } from '../../appliance/sessions/channel-service.ts';
import type { InjectionService } from '../../appliance/sessions/injection-service.ts';
import type { NodeBus } from '../../appliance/sessions/node-bus.ts';
import type { RecordingStore, RecordingWriter } from '../../appliance/sessions/recording-store.ts';
import { recordsShells } from '../../appliance/sessions/session-recording.ts';
import { addressAndPort } from '../../appliance/sessions/session-start.ts';
import type { Sessions } from '../../appliance/sessions/sessions.ts';
import { END_REASON_TEXT, type EndReason } from '../../appliance/sessions/support-session.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { type AttachedRepresentative, RelayChannel } from './relay-channel.ts';
import { RightsRecheck } from './rights-recheck.ts';
import type { SocketOrigin, UpgradeRoute } from './upgrade-dispatcher.ts';

const HEARTBEAT_MS = 15_000;
/** This much output between two heartbeats can hold up the answer to a ping for so long. */
const FLOOD_BYTES = 64 * 1024;
const FLOOD_PATIENCE_MS = 60_000;
/** Hints over the bus may be lost, so what is open here is compared with the database now and then. */
const SWEEP_MS = 10_000;
/** A change of rights that was not heard of shows within this time. */
const RECHECK_MS = 300_000;
const MOST_SOCKETS = 12_000;

export interface RelayHubDeps {
  channels: ChannelService;
  injection: InjectionService;
  sessions: Sessions;
  recordings: RecordingStore;
  settings: SiteSettingsSource;
  bus: NodeBus;
  credentialEvents: CredentialEvents;
  log: Logger;
  /** Makes sure that the Jumpoint has been told to open the channel. */
  ensureOpened(channelId: string): void;
}

/** Every channel that this process carries, and the endpoint both ends dial. */
export class RelayHub {
  readonly route: UpgradeRoute;
  private readonly deps: RelayHubDeps;
  private readonly log: Logger;
  private readonly channels = new Map<string, RelayChannel>();
  private readonly jumpointAddresses = new Map<string, string>();
  private readonly alive = new WeakMap<WebSocket, boolean>();
  /** Output carried at the last check, and when there was last a lot of it. */
  private readonly floods = new WeakMap<RelayChannel, { bytes: number; at: number }>();
  private readonly recheck: RightsRecheck;
  private readonly work = new Set<Promise<unknown>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly subscriptions: (() => void)[] = [];
  private finishedBytes = 0;

  constructor(deps: RelayHubDeps) {
    this.deps = deps;
    this.log = deps.log.child({ part: 'relay' });
    this.recheck = new RightsRecheck({
      lsidsByUser: () => this.lsidsByUser(),
      noLongerAllowed: (userId, lsids) => deps.channels.noLongerAllowed(userId, lsids),
      end: (lsid) => this.endSession(lsid),
    });
    this.route = {
      path: RELAY_PATH_PREFIX,
      subprotocol: RELAY_SUBPROTOCOL,
      maxPayload: MAX_RELAY_BYTES,
      callers: 'programs and pages of the site',
      limit: MOST_SOCKETS,
      accept: (socket, origin) => this.run(this.admit(socket, origin)),
    };
  }

  get channelCount(): number {
    return this.channels.size;
  }

  get sessionCount(): number {
    return new Set([...this.channels.values()].map(({ lsid }) => lsid)).size;
  }

  /** Terminal output carried since the start, bytes. */
  get outputBytes(): number {
    let bytes = this.finishedBytes;
    for (const channel of this.channels.values()) bytes += channel.bytes;
    return bytes;
  }

  start(): void {
    const { bus, credentialEvents } = this.deps;
    this.timers.push(
      setInterval(() => this.checkAlive(), HEARTBEAT_MS),
      setInterval(() => this.run(this.sweep()), SWEEP_MS),
      setInterval(() => this.run(this.recheck.ask('everyone')), RECHECK_MS),
    );
    this.subscriptions.push(
      bus.subscribe('session.ended', ({ lsid }) => this.run(this.sessionEnded(String(lsid)))),
      bus.subscribe('session.notice', ({ lsid, ends_at }) => this.notify(String(lsid), String(ends_at))),
      credentialEvents.subscribe((event) => this.credentialEnded(event)),
    );
  }

  /** Lets go of every channel: the sessions have been ended, or were by others. Waits for the recordings. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.dropAll();
    await Promise.allSettled(this.work);
  }

  /** The lease of this process is lost: the others have ended what it carries. */
  dropAll(): void {
    for (const channel of [...this.channels.values()]) this.run(this.finish(channel, 'node_lost'));
  }

  /** Compares what is open here with the database. */
  async sweep(): Promise<void> {
    const lsids = [...new Set([...this.channels.values()].map(({ lsid }) => lsid))];
    if (lsids.length === 0) return;
    for (const lsid of await this.deps.sessions.endedAmong(lsids)) await this.sessionEnded(lsid);
  }

  /** After hints may have been missed: sessions that ended, and rights that went. */
  async compare(): Promise<void> {
    await this.sweep();
    await this.recheck.ask('everyone');
  }

  private async admit(socket: WebSocket, origin: SocketOrigin): Promise<void> {
    const admitted = await this.deps.channels.admit(origin.pathRest).catch((err: unknown) => {
      this.log.error({ err }, 'a relay ticket could not be checked');
      return undefined;
    });
    if (!admitted) {
      socket.resume();
      socket.close(CloseCode.badTicket, 'the ticket is unknown, used or too old');
      return;
    }
    this.alive.set(socket, true);
    socket.on('pong', () => this.alive.set(socket, true));
    const channel = this.channelOf(admitted);
    const address = addressAndPort(origin.address, origin.port);
    const { lsid } = channel;
    if (admitted.holder.end === 'jumpoint') {
      this.jumpointAddresses.set(channel.id, address);
      channel.attachJumpoint(socket);
      await this.deps.channels.jumpointJoined(lsid);
      return;
    }
    channel.attachRepresentative(socket, admitted.holder);
    if (!channel.hasJumpoint) this.deps.ensureOpened(channel.id);
    await this.deps.channels.representativeJoined(lsid, address);
  }

  private channelOf({ channel, session }: AdmittedEnd): RelayChannel {
    const present = this.channels.get(channel.id);
    if (present) return present;
    const { id, instance, columns, rows } = channel;
    const { lsid } = session;
    const made: RelayChannel = new RelayChannel(
      { id, lsid, instance, size: { columns, rows } },
      {
        connected: (size) => this.connected(made, session, size),
        giveCredential: (signal) => this.deps.injection.give(lsid, id, signal),
        credentialUsed: (ok, reason) =>
          ok ? this.deps.injection.used(lsid) : this.deps.injection.fail(lsid, reason),
        representativeLeft: () => this.run(this.deps.channels.representativeLeft(lsid)),
        ended: (reason) => this.run(this.end(made, reason)),
      },
      this.log,
    );
    this.channels.set(id, made);
    return made;
  }

  private async connected(
    channel: RelayChannel,
    session: AdmittedEnd['session'],
    size: { columns: number; rows: number },
  ): Promise<RecordingWriter | undefined> {
    const startedAt = new Date();
    const recorder = recordsShells(session, this.deps.settings.current())
      ? await this.startRecording(channel, startedAt, size)
      : undefined;
    const running = await this.deps.channels.connected(channel.lsid, channel.instance, {
      publicIp: this.jumpointAddresses.get(channel.id) ?? '',
      recording: recorder && { location: recorder.location, startedAt, ...size },
    });
    // It ended meanwhile; whoever ended it has told this process.
    if (!running) await recorder?.close();
    return recorder;
  }

  private async startRecording(
    channel: RelayChannel,
    startedAt: Date,
    size: { columns: number; rows: number },
  ): Promise<RecordingWriter | undefined> {
    const { lsid, instance } = channel;
    try {
      return await this.deps.recordings.create(
        { lsid, instance, startedAt, ...size },
        {
          onDrain: () => channel.recordingDrained(),
          onFailure: (reason, err) => this.run(this.recordingFailed(channel, reason, err)),
        },
      );
    } catch (err) {
      await this.recordingFailed(channel, (err as Error).message, err);
      return undefined;
    }
  }

  private async recordingFailed(channel: RelayChannel, reason: string, err: unknown): Promise<void> {
    const required = this.deps.settings.current().recording_required;
    this.log.error({ err, lsid: channel.lsid, session_ends: required }, 'a recording failed');
    if (required) channel.endDetail = reason;
    else channel.recordingGone();
    try {
      await this.deps.channels.recordingFailed(channel.lsid, channel.instance, reason, required);
    } finally {
      if (required) await this.finish(channel, 'recording_failed');
    }
  }

  /** Ends the session because of what happened on the channel. The sockets go even when the database does not answer. */
  private async end(channel: RelayChannel, reason: EndReason): Promise<void> {
    let said = reason;
    try {
      await this.deps.channels.end(channel.lsid, reason);
      // It may have been ended before for another reason, of which this one is the consequence.
      said = (await this.deps.sessions.find(channel.lsid))?.endReason ?? reason;
    } finally {
      await this.finish(channel, said);
    }
  }

  private async finish(channel: RelayChannel, reason: EndReason): Promise<void> {
    if (channel.finished) return;
    this.channels.delete(channel.id);
    this.jumpointAddresses.delete(channel.id);
    this.finishedBytes += channel.bytes;
    if (reason === 'credential_unavailable') channel.endDetail = await this.credentialFailure(channel.lsid);
    await channel.finish(reason, [END_REASON_TEXT[reason], channel.endDetail].join(' ').trim());
    const { recording } = channel;
    if (recording) await this.deps.channels.finishRecording(channel.lsid, channel.instance, recording.bytes);
  }

  /** A program that could not be given one did not get to tell the representative. */
  private async credentialFailure(lsid: string): Promise<string> {
    return await this.deps.injection.failureOf(lsid).catch((err: unknown) => {
      this.log.error({ err, lsid }, 'the reason of an end could not be read');
      return '';
    });
  }

  private async sessionEnded(lsid: string): Promise<void> {
    const open = [...this.channels.values()].filter((channel) => channel.lsid === lsid);
    if (open.length === 0) return;
    const session = await this.deps.sessions.find(lsid);
    if (session && session.state !== 'ended') return;
    for (const channel of open) await this.finish(channel, session?.endReason ?? 'terminated');
  }

  private notify(lsid: string, endsAt: string): void {
    const at = new Date(endsAt);
    if (Number.isNaN(at.getTime())) return;
    const minutes = Math.max(1, Math.round((at.getTime() - Date.now()) / 60_000));
    const text = `The Jump Policy ends this session in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
    for (const channel of this.channels.values()) {
      if (channel.lsid === lsid)
        channel.tellNotice({ t: 'notice', kind: 'forced-end', ends_at: dateTime(at), text });
    }
  }

  private credentialEnded(event: CredentialEvent): void {
    switch (event.kind) {
      case 'api_account_tokens_ended':
        return;
      case 'user_rights_changed':
        this.run(this.recheck.ask(event.userId));
        return;
      case 'everyone_rights_changed':
        this.run(this.recheck.ask('everyone'));
        return;
      case 'credential_ended':
        this.signOut((holder) => holder.credentialId === event.credentialId);
        return;
      case 'user_credentials_ended':
        this.signOut(
          (holder) => holder.userId === event.userId && holder.credentialId !== event.exceptCredentialId,
        );
    }
  }

  private signOut(concerns: (holder: AttachedRepresentative) => boolean): void {
    for (const channel of this.channels.values()) {
      if (channel.holder && concerns(channel.holder)) this.run(this.end(channel, 'signed_out'));
    }
  }

  private lsidsByUser(): Map<number, string[]> {
    const open = new Map<number, Set<string>>();
    for (const { holder, lsid } of this.channels.values()) {
      if (!holder) continue;
      open.set(holder.userId, (open.get(holder.userId) ?? new Set()).add(lsid));
    }
    return new Map([...open].map(([userId, lsids]) => [userId, [...lsids]]));
  }

  private async endSession(lsid: string): Promise<void> {
    for (const channel of [...this.channels.values()]) {
      if (channel.lsid === lsid) await this.end(channel, 'signed_out');
    }
  }

  private checkAlive(): void {
    const now = performance.now();
    for (const channel of this.channels.values()) {
      const flood = this.floods.get(channel);
      const flows = channel.bytes - (flood?.bytes ?? 0) > FLOOD_BYTES;
      const floodAt = flows ? now : (flood?.at ?? -FLOOD_PATIENCE_MS);
      this.floods.set(channel, { bytes: channel.bytes, at: floodAt });
      // A pong waits behind megabytes of output on a slow line; that line is busy, not dead.
      const isBusy = now - floodAt < FLOOD_PATIENCE_MS;
      for (const socket of channel.sockets()) {
        if (this.alive.get(socket) === false && !isBusy) {
          socket.terminate();
          continue;
        }
        this.alive.set(socket, false);
        socket.ping();
      }
    }
  }

  /** Background work: failures are logged here, and `stop` waits for it. */
  private run(work: Promise<unknown>): void {
    const settled = work
      .catch((err: unknown) => this.log.error({ err }, 'a relay step failed'))
      .finally(() => this.work.delete(settled));
    this.work.add(settled);
  }
}
