import type { CDPSession, Page } from 'playwright-core';

interface KeptCredential {
  credentialId: string;
  isResidentCredential: boolean;
  rpId?: string;
  privateKey: string;
  userHandle?: string;
  signCount: number;
}

/** An authenticator of Chromium's own that keeps passkeys and says yes. */
export interface VirtualAuthenticator {
  credentials(): Promise<KeptCredential[]>;
  /** Puts a copy of it in the place of what it keeps: what somebody who copied the authenticator would have. */
  replaceBy(credential: KeptCredential): Promise<void>;
  /** Whether the person is recognised (finger, PIN). */
  recognises(person: boolean): Promise<void>;
  remove(): Promise<void>;
}

export async function virtualAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const browser: CDPSession = await page.context().newCDPSession(page);
  await browser.send('WebAuthn.enable');
  const { authenticatorId } = await browser.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async credentials() {
      const { credentials } = await browser.send('WebAuthn.getCredentials', { authenticatorId });
      return credentials;
    },
    async replaceBy(credential) {
      const { credentialId } = credential;
      await browser.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
      await browser.send('WebAuthn.addCredential', { authenticatorId, credential });
    },
    async recognises(person) {
      await browser.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: person });
    },
    async remove() {
      await browser.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}
