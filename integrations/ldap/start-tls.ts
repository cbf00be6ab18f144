import type { Socket } from 'node:net';
import { BerReader } from 'ldapts';
import { LdapFailure } from './ldap-failure.ts';
import type { LdapServer } from './ldap-settings.ts';

/** ExtendedRequest with message id 1 and the object identifier of StartTLS (RFC 4511, 4.14). */
const OID = Buffer.from('1.3.6.1.4.1.1466.20037');
const REQUEST = Buffer.concat([
  Buffer.from([0x30, OID.length + 7, 0x02, 0x01, 0x01, 0x77, OID.length + 2, 0x80, OID.length]),
  OID,
]);
const EXTENDED_RESPONSE = 0x78;
const LONGEST_ANSWER = 16_384;

/**
 * Asks for TLS on a plain connection. Nothing but the answer may come before the handshake: more could have been slipped
 * in by somebody on the way.
 */
export async function requestStartTls(socket: Socket, server: LdapServer, patience: number): Promise<void> {
  const answer = await answerTo(socket, server, patience);
  const { code, diagnostic, rest } = judged(answer, server);
  if (rest > 0) {
    throw new LdapFailure(
      'tls',
      'start_tls_injection',
      `${server.host} sent data between its answer and the TLS handshake.`,
      'Somebody on the network may be tampering with the connection. Nothing was sent.',
    );
  }
  if (code === 0) return;
  throw new LdapFailure(
    'tls',
    'start_tls_refused',
    `${server.host}:${server.port} refused TLS on the plain port (result ${code}${diagnostic && `: ${diagnostic}`}).`,
    'The server has no certificate, or offers TLS on another port only. Give it a certificate, or choose LDAPS with port 636.',
  );
}

function answerTo(socket: Socket, server: LdapServer, patience: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const fail = (kind: string, message: string, advice: string) =>
      done(undefined, new LdapFailure('tls', kind, message, advice, { elsewhere: true }));
    const onData = (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (received[0] !== 0x30 || received.length > LONGEST_ANSWER) {
        fail(
          received[0] === 0x15 ? 'tls_expected' : 'not_ldap',
          `What answers on ${server.host}:${server.port} does not speak plain LDAP.`,
          'Port 636 usually speaks TLS from the start: choose LDAPS, or use port 389 with TLS on the plain port.',
        );
      } else if (isWhole(received)) done(received);
    };
    const onClose = () =>
      fail(
        'closed_before_tls',
        `${server.host}:${server.port} closed the connection when asked for TLS.`,
        'The port may speak TLS from the start (usually 636): choose LDAPS, or use port 389 with TLS on the plain port.',
      );
    const timer = setTimeout(
      () =>
        fail(
          'start_tls_timeout',
          `${server.host}:${server.port} accepted the connection and did not answer the request for TLS within ${patience / 1000} s.`,
          'The port may speak TLS from the start (usually 636), or be no LDAP server. Check port and encryption.',
        ),
      patience,
    );
    const done = (answer: Buffer | undefined, error?: Error) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      socket.pause();
      if (answer === undefined) reject(error);
      else resolve(answer);
    };
    socket.on('data', onData).once('close', onClose);
    socket.resume();
    socket.write(REQUEST);
  });
}

function isWhole(received: Buffer): boolean {
  const reader = new BerReader(received);
  return reader.readSequence() !== null && received.length >= reader.offset + reader.length;
}

function judged(answer: Buffer, server: LdapServer): { code: number; diagnostic: string; rest: number } {
  const reader = new BerReader(answer);
  reader.readSequence();
  const rest = answer.length - reader.offset - reader.length;
  reader.readInt();
  if (reader.readSequence() !== EXTENDED_RESPONSE) {
    throw new LdapFailure(
      'tls',
      'not_ldap',
      `${server.host}:${server.port} gave an answer that is not LDAP.`,
      'Check hostname and port.',
    );
  }
  const code = reader.readEnumeration() ?? 80;
  reader.readString();
  return { code, diagnostic: reader.readString() ?? '', rest };
}
