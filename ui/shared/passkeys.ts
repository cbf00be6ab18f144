import type { Schema } from './api.ts';
import { client, ok } from './api.ts';

type PasskeyAnswer = Schema<'PasskeyAnswer'>;

/** Loaded when an authenticator is really asked: most pages never do. */
const library = () => import('@simplewebauthn/browser');

/** Whether this browser can use passkeys at all: only over https, or on `localhost`. */
export function browserHasPasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis;
}

/** Asks for a passkey as the options of the API say. Fails in words for people. */
export async function askForPasskey(options: Schema<'PasskeyOptions'>): Promise<PasskeyAnswer> {
  const { startAuthentication } = await library();
  return await inWords(startAuthentication({ optionsJSON: options as never }));
}

/** Makes a passkey and registers it. Answers recovery codes for whoever had none. */
export async function registerPasskey(name: string): Promise<string[] | undefined> {
  const options = await ok(client.POST('/me/passkey/options'));
  const { startRegistration } = await library();
  const passkey = await inWords(startRegistration({ optionsJSON: options as never }));
  const added = await ok(client.POST('/me/passkey', { body: { name, passkey } }));
  return added.recovery_codes;
}

/** Proves with a passkey that it is still the person who signed in. */
export async function provePasskey(): Promise<void> {
  const passkey = await askForPasskey(await ok(client.POST('/me/second-factor/options')));
  await ok(client.POST('/me/second-factor/verify', { body: { passkey } }));
}

/** Browsers say little on purpose, so that pages learn nothing about authenticators. */
async function inWords<T>(asking: Promise<T>): Promise<PasskeyAnswer> {
  try {
    return (await asking) as PasskeyAnswer;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'InvalidStateError') throw new Error('This authenticator is registered already.');
    if (name === 'NotAllowedError' || name === 'AbortError') {
      throw new Error(
        'No passkey was used: it was cancelled, took too long, or there is none for this site.',
      );
    }
    throw new Error(`The browser could not use a passkey (${name}).`);
  }
}
