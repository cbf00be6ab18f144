/** Fields of a public key inside a certificate, between the nonce and the serial number (PROTOCOL.certkeys of OpenSSH). */
const KEY_FIELDS: Record<string, { kind: string; fields: number }> = {
  'ssh-ed25519-cert-v01@openssh.com': { kind: 'ssh-ed25519', fields: 1 },
  'ssh-rsa-cert-v01@openssh.com': { kind: 'ssh-rsa', fields: 2 },
  'ecdsa-sha2-nistp256-cert-v01@openssh.com': { kind: 'ecdsa-sha2-nistp256', fields: 2 },
  'ecdsa-sha2-nistp384-cert-v01@openssh.com': { kind: 'ecdsa-sha2-nistp384', fields: 2 },
  'ecdsa-sha2-nistp521-cert-v01@openssh.com': { kind: 'ecdsa-sha2-nistp521', fields: 2 },
};

const USER_CERTIFICATE = 1;
const SERIAL_BYTES = 8;

/**
 * The public key that an OpenSSH user certificate (its line) is for, as kind and base64; undefined when it is no such
 * certificate. Whether somebody trusts its signature is for the hosts it is shown to.
 */
export function plainKeyOfCertificate(line: string): string | undefined {
  const [kind = '', base64 = ''] = line.split(' ');
  const form = KEY_FIELDS[kind];
  const bytes = Buffer.from(base64, 'base64');
  if (form === undefined || bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) return;
  let at = 0;
  const next = (): Buffer | undefined => {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    const field = bytes.subarray(at + 4, end);
    at = end;
    return field;
  };
  if (next()?.toString('latin1') !== kind || next() === undefined) return undefined;
  const from = at;
  for (let field = 0; field < form.fields; field++) if (next() === undefined) return undefined;
  const key = bytes.subarray(from, at);
  if (at + SERIAL_BYTES + 4 > bytes.length || bytes.readUInt32BE(at + SERIAL_BYTES) !== USER_CERTIFICATE) {
    return undefined;
  }
  const named = Buffer.from(form.kind, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(named.length);
  return `${form.kind} ${Buffer.concat([length, named, key]).toString('base64')}`;
}
