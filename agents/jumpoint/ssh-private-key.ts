import ssh2, { type ParsedKey } from 'ssh2';
import { bcryptRoundsOf } from '../../appliance/ssh/openssh-key-header.ts';

/** Some ten milliseconds each, in which nothing else happens here. `ssh-keygen` makes 24 by itself. */
const MOST_BCRYPT_ROUNDS = 200;

/** A private key that can be used, or what is wrong with it, in words. */
export function readPrivateKey(key: string, passphrase: string | undefined): ParsedKey | string {
  const text = withFinalNewline(key);
  const rounds = bcryptRoundsOf(text) ?? 0;
  if (rounds > MOST_BCRYPT_ROUNDS)
    return `The private key takes ${rounds} rounds to open, more than ${MOST_BCRYPT_ROUNDS}. Encrypt it with fewer (ssh-keygen -p -a).`;
  const parsed = ssh2.utils.parseKey(text, passphrase) as ParsedKey | ParsedKey[] | Error;
  if (!(parsed instanceof Error)) {
    const one = Array.isArray(parsed) ? parsed[0] : parsed;
    return one?.isPrivateKey() ? one : 'That is a public key. Give the private key.';
  }
  if (/no passphrase/i.test(parsed.message)) return 'The private key is encrypted: give its passphrase too.';
  if (/passphrase|bad decrypt|integrity/i.test(parsed.message))
    return 'The passphrase does not open the private key.';
  return 'The private key could not be read: it must be in OpenSSH, PEM or PuTTY format.';
}

/** Pasted keys often lose their last line break, which the OpenSSH format needs. */
function withFinalNewline(key: string): string {
  return `${key.trim().replaceAll('\r\n', '\n')}\n`;
}
