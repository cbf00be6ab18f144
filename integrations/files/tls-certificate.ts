import { X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  unwatchFile,
  watchFile,
  writeFileSync,
} from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { selfSignedCertificate } from './self-signed-certificate.ts';

const LOOK_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;
const RENEW_BEFORE_MS = 30 * DAY_MS;
const VALID_DAYS = 397;

/** A certificate chain and key in two PEM files that something else renews, by rewriting or by moving symbolic links. */
export function certificateFiles(certificate: string, key: string, lookEveryMs = LOOK_EVERY_MS) {
  return {
    read: () => ({ cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }),
    watch: (changed: () => void) => {
      // Looking is slower than being told, and works across links, bind mounts and network drives.
      const listener = () => changed();
      for (const file of [certificate, key])
        watchFile(file, { interval: lookEveryMs, persistent: false }, listener);
      return () => {
        for (const file of [certificate, key]) unwatchFile(file, listener);
      };
    },
  };
}

/**
 * A certificate that vouches for itself, kept in a directory and made anew when it does not name all `hosts` or ends
 * within 30 days.
 */
export function selfSigned(directory: string, hosts: string[]) {
  const file = join(directory, 'self-signed.pem');
  const read = () => {
    const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (!serves(kept, hosts)) {
      const { cert, key } = selfSignedCertificate(hosts, VALID_DAYS);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, `${cert}${key}`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    const both = readFileSync(file, 'utf8');
    // The certificate alone, for those who are to trust it.
    writeFileSync(join(directory, 'self-signed.crt'), new X509Certificate(both).toString());
    // Reading PEM takes the block it looks for and passes over the other.
    return { cert: both, key: both };
  };
  return {
    read,
    watch: (changed: () => void) => {
      const timer = setInterval(changed, DAY_MS).unref();
      return () => clearInterval(timer);
    },
  };
}

function serves(pem: string, hosts: string[]): boolean {
  if (pem === '') return false;
  const certificate = new X509Certificate(pem);
  return (
    Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE_MS &&
    hosts.every((host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)))
  );
}
