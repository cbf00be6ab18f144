import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { PluginError } from '../../sdk/plugin.ts';
import { fitsWords } from '../session-matching.ts';
import { fillTemplate } from '../session-templates.ts';
import { type Engine, fitsRole, rolePatterns } from './engine.ts';
import type { Vault } from './vault.ts';
import { textOf } from './vault-client.ts';

export interface SshSettings {
  mount: string;
  roles: readonly string[];
  /** Template of the login name that is signed. */
  principal: string;
  ttl: string | undefined;
}

const newKey = promisify(generateKeyPair);

/** Certificates of the SSH engine. The key pair is made here, so that the private key is never on the way. */
export function sshEngine(vault: Vault, { mount, roles, principal, ttl }: SshSettings): Engine {
  return {
    kind: 'ssh',
    async find(session, { search, limit, signal }) {
      const username = fillTemplate(principal, session);
      const patterns = rolePatterns(roles, session);
      if (username === undefined || patterns.length === 0) return [];
      return (await vault.list(`${mount}/roles`, signal))
        .filter((name) => name.length <= 200 && fitsRole(name, patterns))
        .map((name) => ({
          id: `ssh:${name}`,
          label: `${name} (SSH certificate)`,
          username: username.slice(0, 255),
        }))
        .filter((one) => fitsWords(search, [one.label, one.username]))
        .slice(0, limit);
    },
    async offers(session, name) {
      return fillTemplate(principal, session) !== undefined && fitsRole(name, rolePatterns(roles, session));
    },
    async take(session, name, { signal }) {
      const username = fillTemplate(principal, session) as string;
      // ECDSA, for its PEM form is read by every SSH program.
      const { privateKey, publicKey } = await newKey('ec', { namedCurve: 'P-256' });
      const json = {
        public_key: openSshLine(publicKey),
        valid_principals: username,
        cert_type: 'user',
        ...(ttl === undefined ? {} : { ttl }),
      };
      const answer = await vault.ask({ method: 'POST', path: `${mount}/sign/${name}`, json, signal });
      const certificate = textOf(answer?.data.signed_key).trim();
      if (certificate === '')
        throw new PluginError('not_found', 'Vault has no such role for SSH certificates.');
      const pem = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
      return { credential: { username, privateKey: pem, certificate } };
    },
  };
}

/** RFC 5656: the name of the algorithm, of the curve, and the point. */
function openSshLine(key: KeyObject): string {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const blob = Buffer.concat(
    [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point].map(sshString),
  );
  return `ecdsa-sha2-nistp256 ${blob.toString('base64')}`;
}

function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
