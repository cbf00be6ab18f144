const PEM = /^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/;
const PUTTY = /^PuTTY-User-Key-File-\d+:/;

/** Whether a text begins as a private key does: OpenSSH, PEM or PuTTY. */
export function isPrivateKey(text: string): boolean {
  return PEM.test(text) || PUTTY.test(text);
}

/** Whether it takes a passphrase to read the key. */
export function needsPassphrase(key: string): boolean {
  if (PUTTY.test(key)) return !/^Encryption: none\s*$/m.test(key);
  if (key.startsWith('-----BEGIN OPENSSH')) return cipherOfOpenSsh(key) !== 'none';
  return key.startsWith('-----BEGIN ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED\s*$/m.test(key);
}

/** PROTOCOL.key of OpenSSH: a magic text that ends with a zero, then the name of the cipher with its length. */
function cipherOfOpenSsh(key: string): string {
  const bytes = Buffer.from(key.replace(/-----[^-]*-----/g, ''), 'base64');
  const start = 'openssh-key-v1\0'.length;
  const length = bytes.length >= start + 4 ? bytes.readUInt32BE(start) : 0;
  return bytes.subarray(start + 4, start + 4 + length).toString('latin1');
}

/** A private key with line ends as programs expect them. */
export function tidyPrivateKey(text: string): string {
  return `${text.replace(/\r\n?/g, '\n').trim()}\n`;
}
