import type { Logger } from 'pino';
import { CloseCode } from '../../agents/protocol.ts';
import type { BusChannel, BusMessage, NodeBus } from '../../appliance/sessions/node-bus.ts';
import type { ProgramConnection } from './program-connection.ts';

export const PROGRAM_HEARTBEAT_SECONDS = 10;
/** Hints over the bus may be lost, so every connection is compared with its enrolment now and then. */
const SWEEP_MS = 15_000;
const CLONE_PROBE_MS = 3_000;

/** What the registry knows of an enrolled program. */
interface Enrolled {
  /** The connection that counts, when its server process is alive. */
  connection: { connectionId: string } | undefined;
}

/** A kind of program: how it is entered, and what else may stand against its connection. */
export interface ProgramKindRules<C extends ProgramConnection, P extends Enrolled> {
  /** For the log, e.g. `Jumpoint`. */
  label: string;
  /** The id in log lines and hints, e.g. `jumpoint_node_id`. */
  idName: string;
  /** The hint that a program of this kind changed or connected elsewhere. */
  changed: BusChannel;
  /** Undefined when it is unknown or revoked. */
  find(programId: number): Promise<P | undefined>;
  /** Makes this the connection that counts. */
  enter(connection: C): Promise<void>;
  leave(programId: number, connectionId: string): Promise<void>;
  flagClone(programId: number): Promise<void>;
  /** Called for every program whose key counts no more, whether or not it is connected here. */
  revoked?(programId: number): Promise<void>;
  /** The enrolment as it is now, for a connection of which nothing else is wrong. */
  compare?(connection: C, program: P): Promise<void> | void;
}

/** The control sockets of one kind of program on this process: one per key counts, wherever it is connected. */
export class ProgramRegistry<C extends ProgramConnection, P extends Enrolled> {
  private readonly rules: ProgramKindRules<C, P>;
  private readonly bus: NodeBus;
  private readonly log: Logger;
  /** By program: the connection that counts. */
  private readonly byProgram = new Map<number, C>();
  private readonly handshaking = new Set<C>();
  private readonly work = new Set<Promise<unknown>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private unsubscribe: () => void = () => undefined;

  constructor(rules: ProgramKindRules<C, P>, bus: NodeBus, log: Logger) {
    this.rules = rules;
    this.bus = bus;
    this.log = log;
  }

  get count(): number {
    return this.byProgram.size;
  }

  connections(): C[] {
    return [...this.byProgram.values()];
  }

  find(programId: number): C | undefined {
    return this.byProgram.get(programId);
  }

  start(): void {
    this.timers.push(
      setInterval(() => {
        for (const connection of this.byProgram.values()) connection.beat();
      }, PROGRAM_HEARTBEAT_SECONDS * 1000),
      setInterval(() => this.run(this.sweep()), SWEEP_MS),
    );
    this.unsubscribe = this.bus.subscribe(this.rules.changed, (message) =>
      this.run(this.programChanged(message)),
    );
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.unsubscribe();
    this.dropAll();
    await Promise.allSettled(this.work);
  }

  /** Closes every control socket; the programs dial again, here or at another process. */
  dropAll(): void {
    for (const connection of [...this.byProgram.values(), ...this.handshaking]) {
      connection.close(1001, 'this server process stops');
    }
  }

  /** A socket that has yet to prove a key. */
  accept(connection: C): void {
    this.handshaking.add(connection);
    connection.start();
  }

  /** It has proved its key and was told so. */
  welcomed(connection: C): void {
    const { programId } = connection;
    const before = this.byProgram.get(programId);
    this.handshaking.delete(connection);
    this.byProgram.set(programId, connection);
    this.log.info({ [this.rules.idName]: programId }, `${this.rules.label} connected`);
    this.run(this.enter(connection, before));
  }

  closed(connection: C): void {
    this.handshaking.delete(connection);
    const { programId, connectionId } = connection;
    if (this.byProgram.get(programId) !== connection) return;
    this.byProgram.delete(programId);
    this.log.info({ [this.rules.idName]: programId }, `${this.rules.label} disconnected`);
    this.run(this.rules.leave(programId, connectionId));
  }

  /** Compares every connection with its enrolment: revoked and replaced ones are closed, forgotten ones entered. */
  async sweep(): Promise<void> {
    for (const programId of [...this.byProgram.keys()]) await this.check(programId);
  }

  /** Work that nobody waits for but `stop`. */
  run(work: Promise<unknown>): void {
    const settled = work
      .catch((err: unknown) => this.log.error({ err }, `a step of the ${this.rules.label} hub failed`))
      .finally(() => this.work.delete(settled));
    this.work.add(settled);
  }

  private async enter(connection: C, before: C | undefined): Promise<void> {
    await this.markConnected(connection);
    if (before) await this.replaced(before);
    // Another process may hold the earlier connection of this key.
    const { programId, connectionId } = connection;
    await this.bus.publish(this.rules.changed, {
      [this.rules.idName]: programId,
      connection_id: connectionId,
    });
  }

  private async markConnected(connection: C): Promise<void> {
    await this.rules.enter(connection);
    if (connection.isClosed) await this.rules.leave(connection.programId, connection.connectionId);
  }

  private async programChanged(message: BusMessage): Promise<void> {
    const programId = Number(message[this.rules.idName]);
    const connection = this.byProgram.get(programId);
    if (connection && connection.connectionId === message.connection_id) return;
    await this.check(programId);
  }

  private async check(programId: number): Promise<void> {
    const program = await this.rules.find(programId);
    const connection = this.byProgram.get(programId);
    if (!program) {
      connection?.close(CloseCode.notEnrolled, 'the key of this program was revoked');
      await this.rules.revoked?.(programId);
      return;
    }
    if (!connection) return;
    // Entering it may have failed, or it came back while this process was taken for dead.
    if (!program.connection) await this.markConnected(connection);
    else if (program.connection.connectionId !== connection.connectionId) {
      await this.replaced(connection);
      return;
    }
    await this.rules.compare?.(connection, program);
  }

  /**
   * A newer connection uses the same key. When the older one still answers, two programs hold the key; when it does
   * not, it was the same program before its network broke.
   */
  private async replaced(older: C): Promise<void> {
    if (await older.answers(CLONE_PROBE_MS)) await this.rules.flagClone(older.programId);
    older.close(CloseCode.replaced, 'the same key connected again');
  }
}
