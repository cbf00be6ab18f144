import type { LdapConnection } from './ldap-connection.ts';
import { LdapFailure } from './ldap-failure.ts';
import { type LdapAccess, type LdapSession, openConnection, openSession } from './ldap-session.ts';
import type { LdapServer } from './ldap-settings.ts';

/** Connections of one provider and kind at once; more wait for their turn. */
const MOST_CONNECTIONS = 8;
/** Firewalls forget quiet connections without telling, so none is kept long. */
const IDLE_MS = 30_000;
/** A server that failed is asked last for that long. */
const AVOIDED_MS = 30_000;

interface Lane<Kept> {
  idle: { kept: Kept; timer: NodeJS.Timeout }[];
  open: number;
  waiting: (() => void)[];
}

type Keeper = { connection: LdapConnection; server: LdapServer };

/**
 * Connections that sign-ins share, so that one costs a question and an answer instead of a TLS handshake: those bound as
 * the provider search, others check passwords and are bound as whoever came last. Servers are tried in their order.
 */
export class LdapPool {
  readonly #searching = new Map<string, Lane<LdapSession>>();
  readonly #checking = new Map<string, Lane<Keeper>>();
  readonly #failed = new Map<string, number>();
  readonly #now: () => number;
  #closed = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `key` names provider and revision of its settings. Fails as the work does, or with `LdapFailure`. */
  async searching<T>(
    key: string,
    access: LdapAccess,
    work: (session: LdapSession) => Promise<T>,
  ): Promise<T> {
    const lane = laneOf(this.#searching, key);
    return await this.#with(lane, access, () => this.firstSession(access), work);
  }

  /** A connection to that server, whoever it is bound as: for checking a password there. */
  async checking<T>(
    key: string,
    access: LdapAccess,
    server: LdapServer,
    work: (connection: LdapConnection) => Promise<T>,
  ): Promise<T> {
    const lane = laneOf(this.#checking, `${key} ${server.host}:${server.port}`);
    const open = async () => ({ connection: await openConnection(server, access.settings), server });
    return await this.#with(lane, access, open, ({ connection }) => work(connection));
  }

  /** Connects to the first server that can be reached, outside the pool. The caller closes it. */
  async firstSession(access: LdapAccess, patience?: number): Promise<LdapSession> {
    let last: unknown;
    for (const server of this.#inOrder(access.settings.servers)) {
      try {
        const session = await openSession(access, server, patience);
        this.#failed.delete(nameOf(server));
        return session;
      } catch (error) {
        if (!(error instanceof LdapFailure) || !error.elsewhere) throw error;
        this.#failed.set(nameOf(server), this.#now());
        last = error;
      }
    }
    throw last;
  }

  close(): void {
    this.#closed = true;
    for (const lanes of [this.#searching, this.#checking]) {
      for (const lane of lanes.values()) {
        for (const { kept, timer } of lane.idle.splice(0)) {
          clearTimeout(timer);
          kept.connection.close();
        }
      }
      lanes.clear();
    }
  }

  #inOrder(servers: readonly LdapServer[]): LdapServer[] {
    const bad = (server: LdapServer) =>
      this.#now() - (this.#failed.get(nameOf(server)) ?? Number.NEGATIVE_INFINITY) < AVOIDED_MS;
    return [...servers.filter((one) => !bad(one)), ...servers.filter(bad)];
  }

  async #with<Kept extends Keeper, T>(
    lane: Lane<Kept>,
    access: LdapAccess,
    open: () => Promise<Kept>,
    work: (kept: Kept) => Promise<T>,
  ): Promise<T> {
    await this.#turn(lane, access.settings.networkMs);
    let kept: Kept | undefined;
    try {
      const idle = takeIdle(lane);
      if (idle !== undefined) {
        kept = idle;
        try {
          return await work(idle);
        } catch (error) {
          // The server hung up while nobody listened: the same again on a new connection.
          if (!(error instanceof LdapFailure) || !error.elsewhere || !idle.connection.closed) throw error;
        }
      }
      kept = await open();
      return await work(kept);
    } catch (error) {
      if (kept?.connection.closed) this.#failed.set(nameOf(kept.server), this.#now());
      throw error;
    } finally {
      this.#giveBack(lane, kept, access.settings.keepsConnections);
    }
  }

  async #turn<Kept>(lane: Lane<Kept>, patience: number): Promise<void> {
    if (lane.open < MOST_CONNECTIONS) {
      lane.open += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        lane.waiting.splice(lane.waiting.indexOf(granted), 1);
        reject(
          new LdapFailure(
            'connect',
            'busy',
            `All ${MOST_CONNECTIONS} connections to the directory were busy.`,
            'Many people sign in at once, or the directory answers slowly.',
          ),
        );
      }, patience);
      const granted = () => {
        clearTimeout(timer);
        resolve();
      };
      lane.waiting.push(granted);
    });
  }

  #giveBack<Kept extends Keeper>(lane: Lane<Kept>, kept: Kept | undefined, keeps: boolean): void {
    if (kept !== undefined && !kept.connection.closed) {
      if (keeps && !this.#closed) keep(lane, kept);
      else kept.connection.close();
    }
    const next = lane.waiting.shift();
    if (next === undefined) lane.open -= 1;
    else next();
  }
}

function keep<Kept extends Keeper>(lane: Lane<Kept>, kept: Kept): void {
  kept.connection.hold(false);
  const timer = setTimeout(() => {
    lane.idle = lane.idle.filter((one) => one.kept !== kept);
    kept.connection.close();
  }, IDLE_MS).unref();
  lane.idle.push({ kept, timer });
}

function takeIdle<Kept extends Keeper>(lane: Lane<Kept>): Kept | undefined {
  for (let idle = lane.idle.pop(); idle !== undefined; idle = lane.idle.pop()) {
    clearTimeout(idle.timer);
    if (idle.kept.connection.closed) continue;
    idle.kept.connection.hold(true);
    return idle.kept;
  }
  return undefined;
}

function laneOf<Kept>(lanes: Map<string, Lane<Kept>>, key: string): Lane<Kept> {
  const known = lanes.get(key);
  if (known !== undefined) return known;
  // Settings of before are not asked for any more; their connections close by themselves.
  for (const [name, { open, idle }] of lanes) if (open === 0 && idle.length === 0) lanes.delete(name);
  const lane: Lane<Kept> = { idle: [], open: 0, waiting: [] };
  lanes.set(key, lane);
  return lane;
}

function nameOf({ host, port }: LdapServer): string {
  return `${host}:${port}`;
}
