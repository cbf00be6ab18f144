import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { CloseCode, RELAY_HIGH_WATER_BYTES } from '../../agents/protocol.ts';
import {
  type JumpointRelayMessage,
  type Prompt,
  parseJumpointRelayMessage,
  parseRepresentativeRelayMessage,
  type ServerRelayMessage,
} from '../../agents/relay-protocol.ts';
import type { Injection } from '../../appliance/sessions/injection-service.ts';
import type { RecordingWriter } from '../../appliance/sessions/recording-store.ts';
import type { EndReason } from '../../appliance/sessions/support-session.ts';
import { OutputHistory } from './output-history.ts';

type Size = { columns: number; rows: number };
type Status = Extract<JumpointRelayMessage, { t: 'status' }>;
type LastWord = Extract<JumpointRelayMessage, { t: 'refused' | 'exit' }>;

/** What a channel asks of the process that carries it. Nothing here is called after `finish`. */
export interface ChannelEvents {
  /** The remote shell is there. Resolves once the recording runs; undefined: nothing is recorded. Rejects: end. */
  connected(size: Size): Promise<RecordingWriter | undefined>;
  representativeLeft(): void;
  /** The Jumpoint wants the credential of the session. `signal`: the channel is gone. */
  giveCredential(signal: AbortSignal): Promise<Injection>;
  /** What the target said to it. */
  credentialUsed(ok: boolean, reason: string): Promise<void>;
  /** Ends the session; `finish` follows. */
  ended(reason: EndReason): void;
}

export interface AttachedRepresentative {
  userId: number;
  credentialId: string;
}

/** How long the last word of a Jumpoint waits for a representative who has not dialled yet. */
const LAST_WORD_MS = 15_000;

const BINARY = { binary: true, compress: false } as const;
const TEXT = { binary: false, compress: false } as const;

/**
 * Joins a representative's socket and a Jumpoint's. Output goes to the recording, to the history and on to the
 * representative; when one of them cannot keep up, the Jumpoint's socket is not read until it can, so that nothing
 * piles up here. Answers to prompts and key strokes only pass through.
 */
export class RelayChannel {
  readonly id: string;
  readonly lsid: string;
  readonly instance: number;
  private readonly events: ChannelEvents;
  private readonly log: Logger;
  private readonly history = new OutputHistory();
  private readonly pauses = new Set<'representative' | 'recording' | 'preparing'>();
  private jumpoint: WebSocket | undefined;
  private representative: WebSocket | undefined;
  private size: Size;
  private status: Status | undefined;
  private prompt: Prompt | undefined;
  private notice: ServerRelayMessage | undefined;
  private recorder: RecordingWriter | undefined;
  private phase: 'opening' | 'preparing' | 'connected' | 'finished' = 'opening';
  /** What arrived while the recording was being prepared; no more than one read of the socket. */
  private waiting: { data: Buffer; isBinary: boolean }[] = [];
  private everAttached = false;
  private ending = false;
  private lastWord: LastWord | undefined;
  private lateTimer: NodeJS.Timeout | undefined;
  private credentialWanted = false;
  private credentialTold = false;
  private readonly gone = new AbortController();
  /** What the Jumpoint tells of a credential is entered before the end is. */
  private entering: Promise<void> = Promise.resolve();
  /** Who works here, also while the socket is away. */
  holder: AttachedRepresentative | undefined;
  /** A further sentence for the representative when the session ends; set before the end is announced. */
  endDetail = '';
  /** Output bytes carried. */
  bytes = 0;

  constructor(
    facts: { id: string; lsid: string; instance: number; size: Size },
    events: ChannelEvents,
    log: Logger,
  ) {
    this.id = facts.id;
    this.lsid = facts.lsid;
    this.instance = facts.instance;
    this.size = facts.size;
    this.events = events;
    this.log = log.child({ lsid: facts.lsid, channel_id: facts.id });
  }

  get hasJumpoint(): boolean {
    return this.jumpoint !== undefined;
  }

  get finished(): boolean {
    return this.phase === 'finished';
  }

  /** Open sockets that are being read, for liveness checks; one that is paused cannot answer a ping. */
  sockets(): WebSocket[] {
    return [this.jumpoint, this.representative].filter(
      (socket) => socket !== undefined && !socket.isPaused,
    ) as WebSocket[];
  }

  // Ends that come and go ------------------------------------------------------------------------------------

  attachJumpoint(socket: WebSocket): void {
    if (this.jumpoint || this.finished) {
      socket.resume();
      socket.close(CloseCode.badTicket, 'the channel has its Jumpoint');
      return;
    }
    this.jumpoint = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.fromJumpoint(data, isBinary));
    socket.on('close', () => {
      if (!this.lastWord) this.end('jumpoint_lost');
    });
    this.toJumpoint(Buffer.from(JSON.stringify({ t: 'resize', ...this.size })), false);
    socket.resume();
  }

  attachRepresentative(socket: WebSocket, holder: AttachedRepresentative): void {
    const before = this.representative;
    this.representative = socket;
    this.holder = holder;
    before?.close(CloseCode.replaced, 'dialled again');
    socket.on('message', (data: Buffer, isBinary: boolean) =>
      this.fromRepresentative(socket, data, isBinary),
    );
    socket.on('close', () => this.representativeClosed(socket));
    // The history follows `resumed`, so that a terminal that is still filled can be cleared first.
    if (this.everAttached) this.tell({ t: 'resumed' });
    this.everAttached = true;
    const missed = this.history.contents();
    if (missed.length > 0) socket.send(missed, BINARY, this.onSent);
    if (this.status) this.tell(this.status);
    if (this.prompt) this.tell(this.prompt);
    if (this.notice) this.tell(this.notice);
    this.unpause('representative');
    socket.resume();
    this.sayLastWord(false);
  }

  private representativeClosed(socket: WebSocket): void {
    if (this.representative !== socket) return;
    this.representative = undefined;
    this.unpause('representative');
    if (!this.finished && !this.ending) this.events.representativeLeft();
  }

  /** Only the first reason counts: what follows are its consequences. */
  private end(reason: EndReason): void {
    if (this.ending || this.finished) return;
    this.ending = true;
    this.gone.abort();
    void this.entering.then(() => this.events.ended(reason));
  }

  /** The last word to the representative, then both sockets close. Resolves when the recording is on the disk. */
  async finish(reason: EndReason, text: string): Promise<void> {
    if (this.finished) return;
    this.phase = 'finished';
    clearTimeout(this.lateTimer);
    this.gone.abort();
    this.waiting = [];
    this.tell({ t: 'ended', reason, text });
    for (const socket of [this.representative, this.jumpoint]) {
      socket?.resume();
      socket?.close(CloseCode.ended, 'the session ended');
    }
    await this.recorder?.close();
  }

  get recording(): RecordingWriter | undefined {
    return this.recorder;
  }

  /** Tells the representative when the session is ended by force; kept for one who is away. */
  tellNotice(notice: ServerRelayMessage): void {
    this.notice = notice;
    this.tell(notice);
  }

  /** The disk has caught up. */
  recordingDrained(): void {
    this.unpause('recording');
  }

  /** Goes on without a recording. */
  recordingGone(): void {
    this.recorder = undefined;
    this.unpause('recording');
  }

  // From the Jumpoint ----------------------------------------------------------------------------------------

  private fromJumpoint(data: Buffer, isBinary: boolean): void {
    if (this.phase === 'connected' && isBinary) this.output(data);
    else if (this.phase === 'preparing') this.waiting.push({ data, isBinary });
    else if (this.phase !== 'finished') this.handleFromJumpoint(data, isBinary);
  }

  private handleFromJumpoint(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      // Some targets speak before the Jumpoint calls them connected; nothing may pass unrecorded.
      this.waiting.push({ data, isBinary });
      void this.prepare();
      return;
    }
    let message: ReturnType<typeof parseJumpointRelayMessage>;
    try {
      message = parseJumpointRelayMessage(data);
    } catch (err) {
      this.log.warn({ err }, 'the Jumpoint does not speak the relay protocol');
      this.end('protocol_error');
      return;
    }
    if (message.t === 'credential-wanted') void this.giveCredential();
    else if (message.t === 'credential-used') this.enterUse(message.ok, message.reason);
    else this.act(message);
  }

  private async giveCredential(): Promise<void> {
    if (this.credentialWanted) {
      this.end('protocol_error');
      return;
    }
    this.credentialWanted = true;
    const injection = await this.events.giveCredential(this.gone.signal).catch((err: unknown) => {
      this.log.error({ err }, 'a credential could not be given');
      return { refused: 'The server failed; its log says why.' };
    });
    if (this.finished || this.ending) return;
    if ('refused' in injection) {
      const message = `The credential could not be given. ${injection.refused}`;
      this.act({ t: 'refused', code: 'credential-unavailable', message });
      return;
    }
    const { sealed, username } = injection;
    this.toJumpoint(Buffer.from(JSON.stringify({ t: 'credential', sealed, username })), false);
  }

  private enterUse(ok: boolean, reason: string): void {
    if (this.credentialTold) {
      this.end('protocol_error');
      return;
    }
    this.credentialTold = true;
    this.entering = this.entering
      .then(() => this.events.credentialUsed(ok, reason))
      .catch((err: unknown) => this.log.error({ err }, 'the use of a credential could not be entered'));
  }

  private act(message: JumpointRelayMessage): void {
    this.prompt = message.t === 'prompt' ? message : undefined;
    switch (message.t) {
      case 'status':
        if (message.state === 'connected' && this.phase === 'opening') {
          this.waiting.push({ data: Buffer.from(JSON.stringify(message)), isBinary: false });
          void this.prepare();
          return;
        }
        this.status = message;
        this.tell(message);
        return;
      case 'prompt':
        this.tell(message);
        return;
      default:
        this.lastWord = message;
        this.sayLastWord(false);
    }
  }

  /** Ends with the Jumpoint's last word. A target may refuse before the representative has dialled: that one is awaited. */
  private sayLastWord(late: boolean): void {
    const { lastWord } = this;
    if (!lastWord) return;
    if (!this.everAttached && !late) {
      this.lateTimer = setTimeout(() => this.sayLastWord(true), LAST_WORD_MS);
      return;
    }
    this.tell(lastWord);
    this.end(lastWord.t === 'refused' ? (lastWord.code.replaceAll('-', '_') as EndReason) : 'target_closed');
  }

  private async prepare(): Promise<void> {
    this.phase = 'preparing';
    this.pause('preparing');
    try {
      this.recorder = await this.events.connected(this.size);
    } catch (err) {
      this.log.error({ err }, 'the session could not be entered or recorded');
      this.end('recording_failed');
      return;
    }
    try {
      if (this.finished) {
        await this.recorder?.close();
        return;
      }
      this.phase = 'connected';
      const waiting = this.waiting;
      this.waiting = [];
      for (const { data, isBinary } of waiting) this.fromJumpoint(data, isBinary);
      this.unpause('preparing');
    } catch (err) {
      this.log.error({ err }, 'what came before the recording could not be passed on');
      this.end('recording_failed');
    }
  }

  private output(data: Buffer): void {
    this.bytes += data.length;
    this.history.push(data);
    if (this.recorder && !this.recorder.output(data)) this.pause('recording');
    const socket = this.representative;
    if (!socket) return;
    socket.send(data, BINARY, this.onSent);
    if (socket.bufferedAmount > RELAY_HIGH_WATER_BYTES) this.pause('representative');
  }

  private readonly onSent = (): void => {
    if (!this.pauses.has('representative')) return;
    if ((this.representative?.bufferedAmount ?? 0) < RELAY_HIGH_WATER_BYTES / 2)
      this.unpause('representative');
  };

  private pause(cause: 'representative' | 'recording' | 'preparing'): void {
    this.pauses.add(cause);
    this.jumpoint?.pause();
  }

  private unpause(cause: 'representative' | 'recording' | 'preparing'): void {
    if (this.pauses.delete(cause) && this.pauses.size === 0) this.jumpoint?.resume();
  }

  // From the representative ----------------------------------------------------------------------------------

  private fromRepresentative(socket: WebSocket, data: Buffer, isBinary: boolean): void {
    if (this.finished || this.representative !== socket) return;
    if (isBinary) {
      this.toJumpoint(data, true);
      return;
    }
    let message: ReturnType<typeof parseRepresentativeRelayMessage>;
    try {
      message = parseRepresentativeRelayMessage(data);
    } catch {
      // The text may hold a password, so it is not logged.
      socket.close(1002, 'not the relay protocol');
      return;
    }
    if (message.t === 'close') {
      this.end('representative_closed');
      return;
    }
    if (message.t === 'resize') {
      this.size = { columns: message.columns, rows: message.rows };
      this.recorder?.resize(message.columns, message.rows);
    } else if (this.prompt?.id === message.id) this.prompt = undefined;
    this.toJumpoint(data, false);
  }

  private toJumpoint(data: Buffer, isBinary: boolean): void {
    const { jumpoint, representative } = this;
    if (jumpoint?.readyState !== WebSocket.OPEN) return;
    if (jumpoint.bufferedAmount <= RELAY_HIGH_WATER_BYTES) {
      jumpoint.send(data, isBinary ? BINARY : TEXT);
      return;
    }
    representative?.pause();
    jumpoint.send(data, isBinary ? BINARY : TEXT, () => {
      if (jumpoint.bufferedAmount < RELAY_HIGH_WATER_BYTES / 2) representative?.resume();
    });
  }

  private tell(message: JumpointRelayMessage | ServerRelayMessage): void {
    if (this.representative?.readyState === WebSocket.OPEN)
      this.representative.send(JSON.stringify(message), TEXT);
  }
}
