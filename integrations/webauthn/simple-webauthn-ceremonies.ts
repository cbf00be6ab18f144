import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { PasskeyCeremonies } from '../../appliance/access/second-factor.ts';

/** EdDSA, ES256 and RS256 (COSE numbers): what authenticators have. */
const ALGORITHMS = [-8, -7, -257];
/** Browsers give up after as long. */
const TIMEOUT_MS = 120_000;

/**
 * Passkeys of the site whose public URL this is: its host name is what they are bound to, and its pages alone may ask
 * for them. A process that is reached under a URL of its own serves relays there, not sign-ins.
 */
export function simpleWebauthnCeremonies(publicUrl: string): PasskeyCeremonies {
  const { hostname: rpID, origin } = new URL(publicUrl);
  const expected = (challenge: string) => ({
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpID,
    requireUserVerification: true,
  });
  return {
    unavailable: whyUnavailable(publicUrl),
    newChallenge: () => randomBytes(32).toString('base64url'),

    async registrationOptions({ challenge, person, siteName, present }) {
      const options = await generateRegistrationOptions({
        rpName: siteName,
        rpID,
        userID: new Uint8Array(person.handle),
        userName: person.name,
        userDisplayName: person.displayName,
        challenge: bytesOf(challenge),
        timeout: TIMEOUT_MS,
        attestationType: 'none',
        excludeCredentials: present.map(descriptor),
        supportedAlgorithmIDs: ALGORITHMS,
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      return { ...options };
    },

    async register(answer, challenge) {
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: answer as unknown as RegistrationResponseJSON,
          supportedAlgorithmIDs: ALGORITHMS,
          ...expected(challenge),
        });
        if (!verified) return { refused: 'the signature is wrong' };
        const { credential, credentialBackedUp } = registrationInfo;
        return {
          passkey: {
            credentialId: Buffer.from(credential.id, 'base64url'),
            publicKey: Buffer.from(credential.publicKey),
            signCount: credential.counter,
            transports: knownTransports(credential.transports),
            backedUp: credentialBackedUp,
          },
        };
      } catch (error) {
        return { refused: (error as Error).message };
      }
    },

    async requestOptions({ challenge, allowed }) {
      const options = await generateAuthenticationOptions({
        rpID,
        challenge: bytesOf(challenge),
        timeout: TIMEOUT_MS,
        userVerification: 'required',
        ...(allowed !== undefined && { allowCredentials: allowed.map(descriptor) }),
      });
      return { ...options };
    },

    claimedBy(answer) {
      const { id, response } = answer as { id?: unknown; response?: { userHandle?: unknown } | null };
      if (typeof id !== 'string') return undefined;
      const handle = response?.userHandle;
      return {
        credentialId: Buffer.from(id, 'base64url'),
        userHandle: typeof handle === 'string' ? Buffer.from(handle, 'base64url') : undefined,
      };
    },

    async verify(answer, challenge, passkey) {
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: answer as unknown as AuthenticationResponseJSON,
          ...expected(challenge),
          // The library looks at the counter before the signature. It is judged when the signature has proven it.
          credential: {
            id: passkey.credentialId.toString('base64url'),
            publicKey: new Uint8Array(passkey.publicKey),
            counter: 0,
          },
        });
        if (!verified) return { refused: 'the signature is wrong' };
        return { signCount: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp };
      } catch (error) {
        return { refused: (error as Error).message };
      }
    },
  };
}

/** Browsers offer passkeys by host name and over an encrypted connection only; `localhost` is the exception. */
function whyUnavailable(publicUrl: string): string | undefined {
  const { hostname, protocol } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
    return `Passkeys need a host name and the public URL of this site is the address ${hostname}. Set BRIDGEHEAD_PUBLIC_URL to a URL with a host name.`;
  }
  if (protocol !== 'https:' && hostname !== 'localhost' && !hostname.endsWith('.localhost')) {
    return 'Passkeys need https and the public URL of this site is not encrypted. Set BRIDGEHEAD_TLS or BRIDGEHEAD_PUBLIC_URL.';
  }
  return undefined;
}

function descriptor({ credentialId, transports }: { credentialId: Buffer; transports: readonly string[] }): {
  id: string;
  transports: string[];
} {
  return { id: credentialId.toString('base64url'), transports: knownTransports(transports) };
}

const TRANSPORTS: readonly string[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];

/** Browsers say what they like here; what is not known helps nobody later. */
function knownTransports(transports: readonly string[] | undefined): string[] {
  return (transports ?? []).filter((name) => TRANSPORTS.includes(name));
}

function bytesOf(challenge: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(challenge, 'base64url'));
}
