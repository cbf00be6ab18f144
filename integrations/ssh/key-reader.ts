import ssh2 from 'ssh2';

/** What a text turned out to be. */
export type ReadKey =
  | { problem: 'encrypted' | 'unreadable' }
  | { problem?: undefined; kind: string; isPrivate: boolean; publicKey: string };

/** Reads a key, which may take long: see `bcryptRoundsOf`. Never throws. */
export function readKey(text: string, passphrase: string | undefined): ReadKey {
  try {
    const parsed = ssh2.utils.parseKey(text, passphrase);
    // It answers a list when a file may hold several, and errors instead of throwing most of them.
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key === undefined) return { problem: 'unreadable' };
    if (key instanceof Error)
      return { problem: /encrypted.*no passphrase/i.test(key.message) ? 'encrypted' : 'unreadable' };
    const publicKey = `${key.type} ${key.getPublicSSH().toString('base64')}`;
    return { kind: key.type, isPrivate: key.isPrivateKey(), publicKey };
  } catch {
    return { problem: 'unreadable' };
  }
}
