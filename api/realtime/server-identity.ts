import type { KeyObject } from 'node:crypto';
import { ed25519FromSeed, type ProgramKind, rawPublicKey, signAsServer } from '../../agents/handshake.ts';
import type { SiteKey } from '../../appliance/site-key.ts';

/** The key by which programs know this site: derived from the site key, so every process of the site has it. */
export class ServerIdentity {
  /** Raw Ed25519 public key, 32 bytes in base64; carried by enrolment tokens and pinned by programs. */
  readonly publicKey: string;
  private readonly key: KeyObject;

  constructor(siteKey: SiteKey) {
    this.key = ed25519FromSeed(siteKey.derive('agent identity'));
    this.publicKey = rawPublicKey(this.key).toString('base64');
  }

  /** Proves to a program of this kind, for its nonce, that this is the server it pinned. */
  prove(kind: ProgramKind, programNonce: string, serverNonce: string): string {
    return signAsServer(kind, this.key, programNonce, serverNonce);
  }
}
