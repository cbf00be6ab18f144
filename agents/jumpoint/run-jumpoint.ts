import type { Logger } from 'pino';
import type { ChannelOpen, RefusedAddress } from '../control-protocol.ts';
import { PROGRAM_VERSION } from '../program-version.ts';
import { CloseCode } from '../protocol.ts';
import type { ConnectionEnd } from '../server-connection.ts';
import type { ServerDial } from '../server-dial.ts';
import { type BackOff, stayConnected } from '../stay-connected.ts';
import type { TaskMessage } from '../task-protocol.ts';
import { ControlConnection, isLasting, type Welcome } from './control-connection.ts';
import { HostKeys } from './host-keys.ts';
import { IdentityStore, type JumpointIdentity } from './identity-store.ts';
import { TaskRunner } from './tasks/task-runner.ts';
import { TerminalChannel } from './terminal-channel.ts';

export interface JumpointOptions {
  /** Holds identity and saved host keys. */
  stateDir: string;
  log: Logger;
  dial?: ServerDial;
  /** Dial only this server, for control and relays alike (a built-in program talks to its own server). */
  onlyUrl?: string;
  /** Shortest and longest pause before dialling again, milliseconds. */
  backOff?: BackOff;
  /** How long a handshake with the server may take, milliseconds. */
  handshakeMs?: number;
}

/** Ends of tasks that wait for a connection; a server that lost track finds out by itself. */
const MOST_UNTOLD = 200;

export interface RunningJumpoint {
  /** Resolves when the program ended by itself: the server does not know its key (any longer). */
  readonly refused: Promise<ConnectionEnd>;
  readonly connected: boolean;
  /** Channels running now. */
  readonly channelCount: number;
  /** Closes channels and connection. Resolves when both are gone. */
  stop(): Promise<void>;
}

/**
 * Runs an enrolled Jumpoint program until it is stopped: one control connection, dialled again with growing, jittered
 * pauses over every known URL, and the channels the server asks for. Rejects when the state directory holds no identity.
 */
export async function runJumpoint(options: JumpointOptions): Promise<RunningJumpoint> {
  const store = new IdentityStore(options.stateDir);
  const identity = await store.read();
  if (!identity) throw new Error(`${options.stateDir} holds no identity: enrol this program first.`);
  const program = new JumpointProgram(options, store, identity);
  program.start();
  return program;
}

class JumpointProgram implements RunningJumpoint {
  private readonly options: JumpointOptions;
  private readonly store: IdentityStore;
  private readonly hostKeys: HostKeys;
  private readonly log: Logger;
  private readonly stopping = new AbortController();
  private readonly channels = new Map<string, TerminalChannel>();
  private readonly tasks: TaskRunner;
  /** What became of tasks while there was no connection: told on the next one. */
  private untold: TaskMessage[] = [];
  private identity: JumpointIdentity;
  private refusedAddresses: RefusedAddress[] = [];
  private connection: ControlConnection | undefined;
  private loop: Promise<void> = Promise.resolve();
  private tellRefused: (end: ConnectionEnd) => void = () => undefined;
  readonly refused: Promise<ConnectionEnd>;
  connected = false;

  constructor(options: JumpointOptions, store: IdentityStore, identity: JumpointIdentity) {
    this.options = options;
    this.store = store;
    this.identity = identity;
    this.hostKeys = new HostKeys(options.stateDir);
    this.log = options.log.child({ jumpoint_node_id: identity.jumpointNodeId });
    this.refused = new Promise((resolve) => {
      this.tellRefused = resolve;
    });
    this.tasks = new TaskRunner({
      sealingKey: identity.sealingKey,
      refused: () => this.refusedAddresses,
      log: this.log,
    });
  }

  get channelCount(): number {
    return this.channels.size;
  }

  start(): void {
    this.loop = this.stayConnected();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const channel of this.channels.values()) channel.close('the Jumpoint program stops');
    await this.tasks.stop();
    this.connection?.close();
    await this.loop;
  }

  private stayConnected(): Promise<void> {
    return stayConnected({
      urls: () => (this.options.onlyUrl ? [this.options.onlyUrl] : this.identity.urls),
      connect: (url) => this.connectOnce(url),
      ended: (end) => {
        if (end.code !== CloseCode.notEnrolled) return;
        this.log.error({ reason: end.reason }, 'the server does not know this program: enrol it again');
        this.tellRefused(end);
      },
      isLasting,
      backOff: this.options.backOff,
      signal: this.stopping.signal,
      log: this.log,
    });
  }

  private async connectOnce(url: string): Promise<ConnectionEnd & { wasConnected: boolean }> {
    let wasConnected = false;
    const connection = new ControlConnection(
      url,
      this.identity,
      PROGRAM_VERSION,
      this.options.dial ?? {},
      {
        welcome: (welcome) => {
          wasConnected = true;
          this.connected = true;
          this.log.info({ server: url }, 'connected');
          this.refusedAddresses = welcome.refuse;
          for (const message of this.untold.splice(0)) connection.send(message);
          void this.learn(url, welcome);
        },
        refuse: (addresses) => {
          this.refusedAddresses = addresses;
        },
        open: (open) => void this.openChannel(connection, open),
        close: (channelId, reason) => this.channels.get(channelId)?.close(reason),
        openTasks: () => [...this.tasks.ids(), ...this.untold.map((message) => message.task_id)],
        task: (task) => void this.tasks.run(task, (message) => this.tell(message)),
      },
      this.options.handshakeMs,
    );
    this.connection = connection;
    const end = await connection.ended;
    this.connected = false;
    this.connection = undefined;
    return { ...end, wasConnected };
  }

  /** Keeps the URLs the server told to reach the site under, this one first. */
  private async learn(url: string, welcome: Welcome): Promise<void> {
    if (this.options.onlyUrl) return;
    const urls = [...new Set([url, ...welcome.urls])];
    if (urls.join(' ') === this.identity.urls.join(' ')) return;
    this.identity = { ...this.identity, urls };
    try {
      await this.store.write(this.identity);
    } catch (err) {
      this.log.error({ err }, 'the URLs of the site could not be kept');
    }
  }

  /** To whichever connection there is: that of the order may be gone. */
  private tell(message: TaskMessage): void {
    if (this.connected && this.connection) this.connection.send(message);
    else if (this.untold.length < MOST_UNTOLD) this.untold.push(message);
  }

  private async openChannel(connection: ControlConnection, open: ChannelOpen): Promise<void> {
    if (this.channels.has(open.channel_id)) return;
    const channel = new TerminalChannel({
      open: this.options.onlyUrl
        ? { ...open, relay_url: ownRelay(open.relay_url, this.options.onlyUrl) }
        : open,
      hostKeys: this.hostKeys,
      sealingKey: this.identity.sealingKey,
      refused: () => this.refusedAddresses,
      log: this.log,
      dial: this.options.dial ?? {},
    });
    this.channels.set(open.channel_id, channel);
    try {
      await channel.run();
    } catch (cause) {
      const reason = `The Jumpoint could not join the relay: ${(cause as Error).message}.`;
      this.log.error({ channel_id: open.channel_id, reason }, 'channel refused');
      connection.send({ t: 'channel.refused', channel_id: open.channel_id, reason: reason.slice(0, 1000) });
    } finally {
      this.channels.delete(open.channel_id);
    }
  }
}

/** The same ticket at the program's own server, which may not be able to dial its public name. */
function ownRelay(relayUrl: string, serverUrl: string): string {
  const own = new URL(new URL(relayUrl).pathname, serverUrl);
  own.protocol = own.protocol === 'https:' ? 'wss:' : 'ws:';
  return own.href;
}
