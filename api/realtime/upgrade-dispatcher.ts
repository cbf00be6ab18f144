import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { checkDeclared } from '../access/route-table.ts';
import { isKnownHost, isSiteOrigin, type SiteOrigins } from '../access/site-origins.ts';
import { type TrustedProxies, upgradeClientAddress } from '../http/client-address.ts';

/** Where a WebSocket came from. */
export interface SocketOrigin {
  /** The caller's address; behind a trusted proxy the one it forwards. */
  address: string;
  port: number;
  /** What the path holds beyond the fixed part, e.g. the ticket. Never log it. */
  pathRest: string;
}

/** A WebSocket endpoint. Every one is listed where the dispatcher is built; there are no others. */
export interface UpgradeRoute {
  /** The exact path, or with a last part that varies when it ends with `/`. */
  path: string;
  subprotocol: string;
  /** Largest message in bytes; a larger one closes the socket. */
  maxPayload: number;
  /** Programs send neither cookies nor an Origin; browsers send the Origin of their page. */
  callers: 'programs' | 'programs and pages of the site';
  /** Sockets open at once on this process. */
  limit: number;
  /** The socket is paused: nothing has been read from it yet. */
  accept(socket: WebSocket, origin: SocketOrigin): void;
}

export interface DispatcherSettings {
  routes: UpgradeRoute[];
  site: SiteOrigins;
  trustsProxy: TrustedProxies;
  log: Logger;
}

interface Endpoint {
  route: UpgradeRoute;
  sockets: WebSocketServer;
  open: number;
}

/** The one place where HTTP connections become WebSockets: exact paths, known hosts, origins, limits. */
export class UpgradeDispatcher {
  private readonly settings: DispatcherSettings;
  private readonly endpoints: Endpoint[];
  private readonly connections = new Set<Socket>();

  constructor(settings: DispatcherSettings) {
    this.settings = settings;
    for (const { path } of settings.routes) {
      // Every socket checks a credential of its own kind, so each one is in the list of routes that do.
      checkDeclared({
        method: 'get',
        path: path.endsWith('/') ? `${path}:ticket` : path,
        access: 'own-credential',
      });
    }
    this.endpoints = settings.routes.map((route) => ({
      route,
      open: 0,
      sockets: new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: route.maxPayload,
        handleProtocols: () => route.subprotocol,
        // Bytes of a terminal are not text; checking text frames is left to their parser.
        skipUTF8Validation: true,
      }),
    }));
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // A reset before the handshake is nobody's concern.
      socket.on('error', () => socket.destroy());
      try {
        this.dispatch(request, socket as Socket, head);
      } catch (err) {
        // Whatever a stranger sends may cost them their connection, never the process.
        this.settings.log.error({ err }, 'a connection could not become a WebSocket');
        socket.destroy();
      }
    });
  }

  /** Cuts off whoever has not answered the goodbye in this time. */
  async stop(patienceMs: number): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (this.connections.size > 0 && performance.now() < deadline) await sleep(20);
    for (const socket of this.connections) socket.destroy();
  }

  private dispatch(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const pathname = pathOf(request.url);
    if (pathname === undefined) {
      refuse(socket, 400);
      return;
    }
    const endpoint = this.endpoints.find(({ route }) => matches(route.path, pathname));
    const refusal = endpoint ? this.refusalOf(endpoint, request) : 404;
    if (!endpoint || refusal !== undefined) {
      refuse(socket, refusal ?? 404);
      return;
    }
    const { route, sockets } = endpoint;
    endpoint.open += 1;
    this.connections.add(socket);
    socket.once('close', () => {
      endpoint.open -= 1;
      this.connections.delete(socket);
    });
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      containFailures(webSocket, this.settings.log);
      webSocket.pause();
      // The close event follows every error.
      webSocket.on('error', () => undefined);
      const address = upgradeClientAddress(request, this.settings.trustsProxy);
      route.accept(webSocket, {
        address,
        port: socket.remotePort ?? 0,
        pathRest: pathname.slice(route.path.length),
      });
    });
  }

  /** The status to refuse with, or undefined. */
  private refusalOf({ route, open }: Endpoint, request: IncomingMessage): number | undefined {
    const { host, origin, cookie } = request.headers;
    const { site } = this.settings;
    if (!isKnownHost(site, host)) return 421;
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!protocols.includes(route.subprotocol)) return 400;
    if (route.callers === 'programs' && (cookie !== undefined || origin !== undefined)) return 403;
    if (origin !== undefined && !isSiteOrigin(site, origin, host)) return 403;
    if (open >= route.limit) return 503;
    return undefined;
  }
}

/** The path of a request target; undefined for one that is not a plain path, e.g. `//`, `*` or a whole URL. */
function pathOf(target: string | undefined): string | undefined {
  return /^\/(?!\/)[^?#]*/.exec(target ?? '')?.[0];
}

/** A listener of this socket that throws ends the socket; without this it would end the process. */
function containFailures(socket: WebSocket, log: Logger): void {
  const emit = socket.emit;
  socket.emit = function contained(this: WebSocket, ...parameters: Parameters<WebSocket['emit']>): boolean {
    try {
      return emit.apply(this, parameters);
    } catch (err) {
      log.error({ err, event: String(parameters[0]) }, 'a WebSocket event could not be handled');
      socket.terminate();
      return true;
    }
  };
}

function matches(path: string, pathname: string): boolean {
  if (!path.endsWith('/')) return pathname === path;
  return pathname.startsWith(path) && /^[A-Za-z0-9_-]+$/.test(pathname.slice(path.length));
}

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
  503: 'Service Unavailable',
};

function refuse(socket: Socket, status: number): void {
  // A caller that does not hang up is not waited for.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
