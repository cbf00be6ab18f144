import ssh2 from 'ssh2';

/** What is wrong with a private key, in words; undefined when it can be used. */
export function keyProblem(key: string, passphrase: string | undefined): string | undefined {
  const parsed = ssh2.utils.parseKey(withFinalNewline(key), passphrase);
  if (!(parsed instanceof Error)) {
    const one = Array.isArray(parsed) ? parsed[0] : parsed;
    return one?.isPrivateKey() ? undefined : 'That is a public key. Give the private key.';
  }
  if (/no passphrase/i.test(parsed.message)) return 'The private key is encrypted: give its passphrase too.';
  if (/passphrase|bad decrypt|integrity/i.test(parsed.message))
    return 'The passphrase does not open the private key.';
  return 'The private key could not be read: it must be in OpenSSH, PEM or PuTTY format.';
}

/** Pasted keys often lose their last line break, which the OpenSSH format needs. */
export function withFinalNewline(key: string): string {
  return `${key.trim().replaceAll('\r\n', '\n')}\n`;
}
