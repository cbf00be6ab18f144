import type { Clock } from '../../appliance/clock.ts';
import type { AssertionReplays } from '../../appliance/directory/assertion-replays.ts';
import type {
  CallbackParameters,
  ProviderRedirect,
  ProviderSource,
  RedirectBeginning,
  RedirectProvider,
  VouchedIdentity,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { decodePosted, outgoing } from './saml-bindings.ts';
import { customFieldsFrom, identityFrom } from './saml-identity.ts';
import { authnRequest, logoutRequest, newMessageId } from './saml-messages.ts';
import { SamlRefusal } from './saml-refusal.ts';
import { type VerifiedResponse, verifiedResponse } from './saml-response.ts';
import { checkSecondOpinion } from './saml-second-opinion.ts';
import { readSession, writeSession } from './saml-session.ts';
import { type SamlSettings, samlSettings } from './saml-settings.ts';
import { Turns } from './saml-turns.ts';
import { attributeOf, parseXml } from './saml-xml.ts';

export interface SamlProviderDeps {
  /** Where browsers and identity providers reach this site. */
  publicUrl: string;
  replays: AssertionReplays;
  clock: Clock;
}

export interface SamlVouchedIdentity extends VouchedIdentity {
  /** For a public portal, by the code names of its custom fields. */
  customFields: Record<string, string>;
}

/** SAML 2.0, web browser single sign-on and single logout (SAML profiles 4.1, 4.4), in the part of the service provider. */
export class SamlProvider implements RedirectProvider {
  readonly #publicUrl: string;
  readonly #replays: AssertionReplays;
  readonly #clock: Clock;
  readonly #turns = new Turns();

  constructor(deps: SamlProviderDeps) {
    this.#publicUrl = deps.publicUrl;
    this.#replays = deps.replays;
    this.#clock = deps.clock;
  }

  async begin(
    source: ProviderSource,
    { state, force = false }: RedirectBeginning,
    trace: ProviderTrace,
  ): Promise<{ redirect: ProviderRedirect; memo: string }> {
    const settings = await samlSettings(source, this.#publicUrl);
    const key = settings.signingKey;
    if (settings.signRequests && key === undefined) {
      const message = 'Requests have to be signed, and this provider has no certificate and private key.';
      trace.failed('request', message, 'Generate a key pair for the provider.');
      throw new ApplianceError('unavailable', 'This way to sign in is not set up completely.');
    }
    const requestId = newMessageId();
    const xml = authnRequest(settings, requestId, this.#clock.now(), force);
    const redirect = outgoing(
      { parameter: 'SAMLRequest', xml, id: requestId, relayState: state },
      { url: settings.loginUrl, binding: settings.loginBinding },
      key,
    );
    trace.passed(
      'request',
      `A ${key ? 'signed' : 'plain'} request for ${settings.loginUrl} (${settings.loginBinding}).`,
    );
    return { redirect, memo: JSON.stringify({ requestId }) };
  }

  async finish(
    source: ProviderSource,
    answer: { memo: string; parameters: CallbackParameters },
    trace: ProviderTrace,
  ): Promise<SamlVouchedIdentity> {
    const settings = await samlSettings(source, this.#publicUrl);
    try {
      const response = await this.#judged(source.provider.id, settings, answer, trace);
      const identity = identityFrom(response, settings, trace);
      return {
        identity,
        providerSession: writeSession(response),
        customFields: customFieldsFrom(response, settings),
      };
    } catch (error) {
      if (!(error instanceof SamlRefusal)) throw error;
      trace.failed(error.check, error.message, error.advice);
      throw new ApplianceError('unauthenticated', 'Signing in failed.');
    }
  }

  async signOut(
    source: ProviderSource,
    providerSession: string,
    trace: ProviderTrace,
  ): Promise<ProviderRedirect | undefined> {
    const settings = await samlSettings(source, this.#publicUrl);
    const session = readSession(providerSession);
    if (settings.logoutUrl === '' || session === undefined) return undefined;
    const id = newMessageId();
    const xml = logoutRequest(settings, id, this.#clock.now(), session);
    trace.passed('sign_out', `A request to end the session at ${settings.logoutUrl}.`);
    return outgoing(
      { parameter: 'SAMLRequest', xml, id },
      { url: settings.logoutUrl, binding: settings.logoutBinding },
      settings.signingKey,
    );
  }

  async #judged(
    providerId: number,
    settings: SamlSettings,
    { memo, parameters }: { memo: string; parameters: CallbackParameters },
    trace: ProviderTrace,
  ): Promise<VerifiedResponse> {
    const posted = parameters['SAMLResponse'];
    if (posted === undefined) throw new SamlRefusal('message', 'There is no SAMLResponse in what came back.');
    const text = decodePosted(posted);
    const { requestId } = JSON.parse(memo) as { requestId: string };
    const unsolicited = settings.allowUnsolicited && isUnsolicited(text);
    const now = this.#clock.now().getTime();
    const response = await this.#turns.take(() =>
      verifiedResponse(text, { settings, requestId: unsolicited ? undefined : requestId, now }),
    );
    await this.#turns.take(() => checkSecondOpinion(response, settings));
    trace.passed('signature', signatureSentence(response));
    trace.passed('conditions', 'Issuer, audience, recipient and times are right.');
    if (!(await this.#replays.remember(providerId, response.assertionId, response.usableUntil))) {
      throw new SamlRefusal('replay', 'This assertion was used before.', 'Begin the sign-in again.');
    }
    if (unsolicited)
      trace.noted('in_response_to', 'The sign-in began at the identity provider, as this provider allows.');
    return response;
  }
}

function isUnsolicited(text: string): boolean {
  return attributeOf(parseXml(text).root, 'InResponseTo') === undefined;
}

function signatureSentence({ encrypted, responseSigned }: VerifiedResponse): string {
  const what = responseSigned ? 'Response and assertion are signed' : 'The assertion is signed';
  return `${what} by a known certificate${encrypted ? ', and the assertion was encrypted for ours' : ''}.`;
}
