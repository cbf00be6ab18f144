import type { CredentialPackage } from '../../sdk/plugin.ts';
import { needsPassphrase, tidyPrivateKey } from '../private-keys.ts';

const KEYS = [
  /^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----$[\s\S]*?^-----END ([A-Z0-9]+ )*PRIVATE KEY-----$/m,
  /^PuTTY-User-Key-File-\d+:[\s\S]*?^Private-(MAC|Hash):.*$/m,
];

const MEANINGS: Readonly<Record<string, 'username' | 'domain' | 'passphrase'>> = {
  login: 'username',
  user: 'username',
  username: 'username',
  domain: 'domain',
  passphrase: 'passphrase',
};

/**
 * An entry as people write them: the password in the first line, then lines such as `login: root`, and a private key
 * anywhere. A key that takes a passphrase has it in `passphrase:`, or else it is the first line.
 */
export function readEntry(text: string): CredentialPackage {
  const lines = text.replace(/\r\n?/g, '\n');
  const key = KEYS.map((pattern) => pattern.exec(lines)?.[0]).find((found) => found !== undefined);
  const [first = '', ...rest] = (key === undefined ? lines : lines.replace(key, '')).split('\n');
  const found: CredentialPackage = {};
  for (const line of rest) {
    const [, name = '', value = ''] = /^\s*([A-Za-z]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    const meaning = MEANINGS[name.toLowerCase()];
    if (meaning !== undefined && value !== '') found[meaning] ??= value;
  }
  if (key === undefined) return first === '' ? found : { ...found, password: first };
  const privateKey = tidyPrivateKey(key);
  if (first === '') return { ...found, privateKey };
  return needsPassphrase(privateKey) && found.passphrase === undefined
    ? { ...found, privateKey, passphrase: first }
    : { ...found, privateKey, password: first };
}
