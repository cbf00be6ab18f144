import ssh2, { type Client, type ParsedKey } from 'ssh2';
import protocolUtils from 'ssh2/lib/protocol/utils.js';
import { SshReader, sshString, sshStrings } from '../../appliance/ssh/ssh-wire.ts';
import { ShellRefusal } from './remote-shell.ts';

/** Kinds of certified keys (OpenSSH, PROTOCOL.certkeys), with the name a request for them carries. */
const CERTIFICATE_ALGORITHMS: Readonly<Record<string, string>> = {
  'ssh-ed25519-cert-v01@openssh.com': 'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com': 'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com': 'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com': 'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  // The key is the same for every hash; the name says which one signs.
  'ssh-rsa-cert-v01@openssh.com': 'rsa-sha2-512-cert-v01@openssh.com',
};
const CERTIFICATE_SUFFIX = '-cert-v01@openssh.com';
const USERAUTH_REQUEST = 50;

const SIGNED_AS = Symbol('how the certified key itself signs');

/** A public key as the library offers it to a server, with a certificate in the place of the bare key. */
export interface CertifiedKey extends ParsedKey {
  [SIGNED_AS]: string;
}

/**
 * `line` is a certificate as OpenSSH writes it, one line. Fails with `ShellRefusal` when it is none of a kind that is
 * known, or is not that of this key.
 */
export function certifiedKey(publicKey: ParsedKey, line: string): CertifiedKey {
  const [kind = '', encoded = ''] = line.trim().split(/\s+/);
  const algorithm = CERTIFICATE_ALGORITHMS[kind];
  const blob = Buffer.from(encoded, 'base64');
  if (algorithm === undefined || new SshReader(blob).string()?.toString('latin1') !== kind)
    throw unusable('Its certificate is of no kind that is known.');
  if (kind !== `${publicKey.type}${CERTIFICATE_SUFFIX}`)
    throw unusable('Its certificate is for another key.');
  return Object.create(publicKey, {
    type: { value: algorithm },
    getPublicSSH: { value: () => blob },
    [SIGNED_AS]: { value: algorithm.slice(0, -CERTIFICATE_SUFFIX.length) },
  }) as CertifiedKey;
}

/** A signature of the key itself, in the form that goes with {@link certifiedKey}. Fails with `ShellRefusal`. */
export function signAsCertified(privateKey: ParsedKey, data: Buffer): Buffer {
  const signature = privateKey.sign(data, privateKey.type === 'ssh-rsa' ? 'sha512' : undefined);
  const converted =
    (signature as unknown) instanceof Error
      ? undefined
      : protocolUtils.convertSignature(signature, privateKey.type);
  if (!converted) throw unusable('Its private key does not sign.');
  return converted;
}

interface PacketWriter {
  allocStart: number;
  alloc(bytes: number): Buffer;
  finalize(packet: Buffer): unknown;
}

/** What is used of the library's inner half of a connection. */
interface InnerProtocol {
  authPK(username: string, key: ParsedKey, algorithm?: string, sign?: Sign): void;
  _kex: { sessionID: Buffer };
  _packetRW: { write: PacketWriter };
  _authsQueue: string[];
}

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;

/**
 * The library writes the name of the request into the signature too. A certified key's request is named for the
 * certificate while its signature is that of the key, so this last step is taken over here. Fails with `ShellRefusal`
 * on a version of the library that works otherwise. Call it once keys have been exchanged.
 */
export function allowCertificates(client: Client): void {
  const protocol = (client as unknown as { _protocol?: Partial<InnerProtocol> })._protocol;
  if (!isKnown(protocol)) throw unusable('This Jumpoint program cannot sign in with certificates.');
  const authPK = protocol.authPK;
  protocol.authPK = function certified(username, key, algorithm, sign) {
    const signedAs = (key as Partial<CertifiedKey>)[SIGNED_AS];
    if (sign === undefined || signedAs === undefined) authPK.call(this, username, key, algorithm, sign);
    else signRequest(this, { username, key, signedAs }, sign);
  };
}

function isKnown(protocol: Partial<InnerProtocol> | undefined): protocol is InnerProtocol {
  const writer = protocol?._packetRW?.write;
  return (
    typeof protocol?.authPK === 'function' &&
    Buffer.isBuffer(protocol._kex?.sessionID) &&
    Array.isArray(protocol._authsQueue) &&
    typeof writer?.allocStart === 'number' &&
    typeof writer.alloc === 'function' &&
    typeof writer.finalize === 'function' &&
    typeof protocolUtils.sendPacket === 'function' &&
    typeof protocolUtils.convertSignature === 'function'
  );
}

/** RFC 4252, section 7: the signed half of signing in with a public key. */
function signRequest(
  protocol: InnerProtocol,
  { username, key, signedAs }: { username: string; key: ParsedKey; signedAs: string },
  sign: Sign,
): void {
  const request = Buffer.concat([
    Buffer.of(USERAUTH_REQUEST),
    sshStrings([username, 'ssh-connection', 'publickey']),
    Buffer.of(1),
    sshStrings([key.type, key.getPublicSSH()]),
  ]);
  sign(Buffer.concat([sshString(protocol._kex.sessionID), request]), (signature) => {
    const signed = sshString(sshStrings([signedAs, signature]));
    const { write } = protocol._packetRW;
    const packet = write.alloc(request.length + signed.length);
    packet.set(request, write.allocStart);
    packet.set(signed, write.allocStart + request.length);
    protocol._authsQueue.push('publickey');
    protocolUtils.sendPacket(protocol, write.finalize(packet));
  });
}

function unusable(reason: string): ShellRefusal {
  return new ShellRefusal('credential-unavailable', `The credential cannot be used. ${reason}`);
}

/** The public half alone. */
export function publicHalf(key: ParsedKey): ParsedKey {
  const parsed = ssh2.utils.parseKey(`${key.type} ${key.getPublicSSH().toString('base64')}`);
  if (parsed instanceof Error) throw unusable('Its private key is of no kind that is known.');
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
}
