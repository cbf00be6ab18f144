import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import {
  type EcmProgramMessage,
  type EcmServerMessage,
  ecmServerText,
  parseEcmProgramMessage,
} from '../../agents/ecm-protocol.ts';
import { CloseCode } from '../../agents/protocol.ts';
import { ProtocolError } from '../../agents/wire-fields.ts';
import { type EcmPlugin, type EcmWait, MOST_CONNECTED_ECM_HOSTS } from '../../appliance/ecm/ecm-host.ts';
import type { EnrolledEcmHost } from '../../appliance/ecm/ecm-presence.ts';
import type { EcmQuestion, EcmReply } from '../../appliance/ecm/ecm-question.ts';
import { LOST } from '../../appliance/ecm/ecm-switchboard.ts';
import { EcmDesk } from './ecm-desk.ts';
import { ProgramConnection } from './program-connection.ts';
import type { ServerIdentity } from './server-identity.ts';

export interface EcmConnectionSettings {
  identity: ServerIdentity;
  nodeId: string;
  connectionId: string;
  /** Where the host dials from. */
  publicIp: string;
  heartbeatSeconds: number;
  urls: () => readonly string[];
  findHost(id: number): Promise<EnrolledEcmHost | undefined>;
}

export interface EcmHostFacts {
  hostname: string;
  privateIp: string;
  version: string;
  plugins: EcmPlugin[];
}

export interface EcmConnectionEvents {
  /** The host has proved its key; whether it is asked or waits is told by `place`. */
  proved(): void;
  /** `facts.plugins` are other ones now. */
  pluginsChanged(): void;
  closed(): void;
}

type Hello = Extract<EcmProgramMessage, { t: 'hello' }>;

const WAITING: Record<EcmWait, string> = {
  approval: 'An administrator has to approve this host first.',
  room: `${MOST_CONNECTED_ECM_HOSTS} ECM hosts are connected already; this one takes the place of the next one that goes.`,
};

/** The control socket of an ECM host. */
export class EcmHostConnection extends ProgramConnection {
  /** What the host said of itself. */
  facts: EcmHostFacts = { hostname: '', privateIp: '', version: '', plugins: [] };
  /** What the host was told: what it waits for, that it is asked, or nothing yet. */
  place: EcmWait | 'asked' | undefined;
  private readonly own: EcmConnectionSettings;
  private readonly events: EcmConnectionEvents;
  private state: 'challenged' | 'checking' | 'proved' = 'challenged';
  private signature = '';
  private readonly desk = new EcmDesk({
    request: (id, timeLeftMs, question) =>
      this.send({ t: 'request', id, time_left_ms: timeLeftMs, question }),
    cancel: (id) => this.send({ t: 'cancel', id }),
  });

  constructor(socket: WebSocket, settings: EcmConnectionSettings, events: EcmConnectionEvents, log: Logger) {
    const closed = () => {
      this.desk.lose();
      events.closed();
    };
    super(socket, { kind: 'ecm', ...settings }, { closed }, log);
    this.own = settings;
    this.events = events;
  }

  /** `lost` unless the host is asked. Never rejects. */
  ask(question: EcmQuestion, options: { timeMs: number; signal: AbortSignal }): Promise<EcmReply> {
    const isAsked = this.place === 'asked' && !this.isClosed;
    return isAsked ? this.desk.ask(question, options) : Promise.resolve(LOST);
  }

  /** Tells the host that it is asked from now on, or what it waits for. */
  tellPlace(waitsFor: EcmWait | undefined): void {
    const place = waitsFor ?? 'asked';
    if (place === this.place) return;
    this.place = place;
    if (waitsFor !== undefined) this.desk.lose();
    const proof = {
      signature: this.signature,
      heartbeat_seconds: this.own.heartbeatSeconds,
      urls: [...this.own.urls()],
    };
    if (waitsFor === undefined) this.send({ t: 'welcome', ...proof });
    else this.send({ t: 'waiting', reason: waitsFor, text: WAITING[waitsFor], ...proof });
  }

  protected override challenge(): void {
    this.send({ t: 'challenge', nonce: this.nonce, node_id: this.own.nodeId });
  }

  protected override handle(data: Buffer): void {
    const message = parseEcmProgramMessage(data);
    if (message.t === 'hello') this.hello(message);
    else if (this.state !== 'proved') throw new ProtocolError(`${message.t} came before hello.`);
    else if (message.t === 'answer') this.desk.answered(message.id, message.reply);
    else {
      this.facts = { ...this.facts, plugins: message.plugins };
      this.events.pluginsChanged();
    }
  }

  private send(message: EcmServerMessage): void {
    this.sendText(ecmServerText(message));
  }

  private hello(hello: Hello): void {
    if (this.state !== 'challenged') throw new ProtocolError('A second hello.');
    this.state = 'checking';
    this.check(hello).catch((err: unknown) => {
      this.log.error({ err }, 'an ECM host could not be checked');
      this.close(1011, 'try again later');
    });
  }

  private async check(hello: Hello): Promise<void> {
    const host = await this.own.findHost(hello.ecm_host_id);
    if (!host || !this.isSigned(host.identityPublicKey, hello)) {
      this.log.warn(
        { ecm_host_id: hello.ecm_host_id },
        'a program with an unknown or revoked key was refused',
      );
      this.close(CloseCode.notEnrolled, 'this key is not enrolled');
      return;
    }
    this.signature = this.prove(host.id, hello.nonce);
    this.state = 'proved';
    const { hostname, private_ip: privateIp, version, plugins } = hello;
    this.facts = { hostname, privateIp, version, plugins };
    this.events.proved();
  }
}
