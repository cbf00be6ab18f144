import { connect, isIP, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { LdapFailure } from './ldap-failure.ts';
import type { LdapServer, LdapSettings } from './ldap-settings.ts';
import { connectFailure, tlsFailure } from './ldap-socket-failures.ts';
import { requestStartTls } from './start-tls.ts';

type Transport = Pick<LdapSettings, 'encryption' | 'certificates' | 'networkMs'>;

/**
 * A connection to one server with the encryption the settings ask for, its certificate checked. Fails with
 * `LdapFailure` of the stage `resolve`, `connect` or `tls`, at the latest after the time-out of the settings.
 */
export async function openSocket(
  server: LdapServer,
  transport: Transport,
  onStep?: (step: 'connect' | 'tls', socket: Socket) => void,
): Promise<Socket> {
  const raw = await connected(server, transport.networkMs);
  onStep?.('connect', raw);
  if (transport.encryption === 'none') return raw;
  try {
    if (transport.encryption === 'starttls') await requestStartTls(raw, server, transport.networkMs);
    const secured = await secure(raw, server, transport);
    onStep?.('tls', secured);
    return secured;
  } catch (error) {
    raw.destroy();
    throw error instanceof LdapFailure ? error : tlsFailure(error, server, transport.encryption);
  }
}

async function connected(server: LdapServer, patience: number): Promise<Socket> {
  const socket = connect({ host: server.host, port: server.port, noDelay: true, keepAlive: true });
  // A socket that fails later on is noticed by whoever waits for it; an error nobody listens to would end the process.
  socket.on('error', () => {});
  try {
    await settled(socket, 'connect', patience, 'The server did not answer.');
    return socket;
  } catch (error) {
    socket.destroy();
    throw connectFailure(error, server, patience);
  }
}

async function secure(raw: Socket, server: LdapServer, transport: Transport): Promise<TLSSocket> {
  const socket = connectTls({
    socket: raw,
    secureContext: secureContextOf(transport.certificates),
    host: server.host,
    ...(isIP(server.host) === 0 && { servername: server.host }),
  });
  socket.on('error', () => {});
  try {
    await settled(socket, 'secureConnect', transport.networkMs, 'The TLS handshake took too long.');
    return socket;
  } catch (error) {
    socket.destroy();
    throw tlsFailure(error, server, transport.encryption);
  }
}

/** Waits for the event, an error, the end or the time-out, whichever comes first. */
function settled(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  patience: number,
  late: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(Object.assign(new Error(late), { code: 'ETIMEDOUT' })), patience);
    const ended = () =>
      done(Object.assign(new Error('The server closed the connection.'), { code: 'ECONNRESET' }));
    const done = (error?: Error) => {
      clearTimeout(timer);
      socket.off(event, arrived).off('error', done).off('close', ended);
      if (error === undefined) resolve();
      else reject(error);
    };
    const arrived = () => done();
    socket.once(event, arrived).once('error', done).once('close', ended);
  });
}

/** Reading the authorities takes milliseconds, so it is done once for each set of them. */
const contexts = new Map<string, SecureContext>();
const KEPT_CONTEXTS = 20;

function secureContextOf(certificates: string): SecureContext {
  const known = contexts.get(certificates);
  if (known !== undefined) return known;
  const made = createSecureContext({
    minVersion: 'TLSv1.2',
    ca: certificates === '' ? [...rootCertificates] : [...rootCertificates, certificates],
  });
  if (contexts.size >= KEPT_CONTEXTS) contexts.clear();
  contexts.set(certificates, made);
  return made;
}
