import type { Clock } from '../../appliance/clock.ts';
import type { AssertionReplays } from '../../appliance/directory/assertion-replays.ts';
import type { ProviderRedirect, ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type {
  LogoutMessage,
  LogoutRequestFacts,
  SamlLogoutPort,
} from '../../appliance/directory/saml-logout.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { nameIdFrom } from './saml-assertion.ts';
import {
  decodePosted,
  decodeRedirected,
  isSignedQuery,
  outgoing,
  type SamlParameter,
} from './saml-bindings.ts';
import { logoutResponse, newMessageId } from './saml-messages.ts';
import { SamlRefusal } from './saml-refusal.ts';
import { checkIssuer, checkStatus, shown } from './saml-response.ts';
import { type SamlSettings, samlSettings } from './saml-settings.ts';
import { checkIdentifiers, checkSignaturePlaces, verifiedElement } from './saml-signature.ts';
import {
  attributeOf,
  childrenNamed,
  instantOf,
  isNamed,
  NS,
  neededChild,
  neededText,
  parseXml,
  plainText,
} from './saml-xml.ts';

/** Requests are acted on when they arrive, so an old one is a repeated one. */
const LONGEST_AGE_MS = 5 * 60_000;

/** Single logout as an identity provider asks for it or answers ours (SAML profiles 4.4). Only signed messages count. */
export class SamlLogout implements SamlLogoutPort {
  readonly #publicUrl: string;
  readonly #replays: AssertionReplays;
  readonly #clock: Clock;

  constructor(deps: { publicUrl: string; replays: AssertionReplays; clock: Clock }) {
    this.#publicUrl = deps.publicUrl;
    this.#replays = deps.replays;
    this.#clock = deps.clock;
  }

  async request(
    source: ProviderSource,
    message: LogoutMessage,
    trace: ProviderTrace,
  ): Promise<LogoutRequestFacts> {
    return await this.#refusing(trace, async () => {
      const settings = await samlSettings(source, this.#publicUrl);
      const root = signedRoot(message, 'SAMLRequest', settings);
      if (!isNamed(root, NS.protocol, 'LogoutRequest')) {
        throw new SamlRefusal('message', `The message is a ${root.localName} and not a LogoutRequest.`);
      }
      this.#checkHead(root, settings);
      const id = attributeOf(root, 'ID') ?? '';
      const until = new Date(this.#clock.now().getTime() + LONGEST_AGE_MS + 2 * settings.clockSkewMs);
      const nameId = nameIdFrom(neededChild(root, NS.assertion, 'NameID'));
      if (id === '' || !(await this.#replays.remember(source.provider.id, `logout ${id}`, until))) {
        throw new SamlRefusal('replay', 'This request was used before.');
      }
      const sessionIndexes = childrenNamed(root, NS.protocol, 'SessionIndex')
        .map(plainText)
        .filter((index) => index !== undefined && index !== '') as string[];
      trace.passed('sign_out', `The identity provider ends the session of ${shown(nameId.value)}.`);
      return { id, nameId: nameId.value, ignoreCase: settings.caseInsensitiveNameIds, sessionIndexes };
    });
  }

  async answer(
    source: ProviderSource,
    request: { id: string; relayState: string | undefined },
  ): Promise<ProviderRedirect | undefined> {
    const settings = await samlSettings(source, this.#publicUrl);
    if (settings.logoutUrl === '') return undefined;
    const id = newMessageId();
    const xml = logoutResponse(settings, id, this.#clock.now(), request.id);
    return outgoing(
      { parameter: 'SAMLResponse', xml, id, relayState: request.relayState },
      { url: settings.logoutUrl, binding: settings.logoutBinding },
      settings.signingKey,
    );
  }

  async response(source: ProviderSource, message: LogoutMessage, trace: ProviderTrace): Promise<void> {
    await this.#refusing(trace, async () => {
      const settings = await samlSettings(source, this.#publicUrl);
      const root = signedRoot(message, 'SAMLResponse', settings);
      if (!isNamed(root, NS.protocol, 'LogoutResponse')) {
        throw new SamlRefusal('message', `The message is a ${root.localName} and not a LogoutResponse.`);
      }
      this.#checkHead(root, settings);
      checkStatus(root);
      trace.passed('sign_out', 'The session at the identity provider has ended.');
    });
  }

  #checkHead(root: Element, settings: SamlSettings): void {
    if (attributeOf(root, 'Version') !== '2.0')
      throw new SamlRefusal('message', 'The message is not of SAML 2.0.');
    checkIssuer(neededText(neededChild(root, NS.assertion, 'Issuer')), settings, root.localName);
    const destination = attributeOf(root, 'Destination');
    if (destination !== settings.sloUrl) {
      throw new SamlRefusal(
        'destination',
        `The message is meant for ${shown(destination ?? 'nobody')}, and we are ${settings.sloUrl}.`,
      );
    }
    const now = this.#clock.now().getTime();
    const issued = instantOf(root, 'IssueInstant');
    const ends = instantOf(root, 'NotOnOrAfter');
    const skew = settings.clockSkewMs;
    if (issued === undefined || issued > now + skew || issued < now - LONGEST_AGE_MS - skew) {
      throw new SamlRefusal(
        'clock',
        'The message was not issued just now.',
        'Compare the clocks of this host and the identity provider.',
      );
    }
    if (ends !== undefined && ends <= now - skew) throw new SamlRefusal('clock', 'The message has expired.');
  }

  async #refusing<T>(trace: ProviderTrace, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SamlRefusal)) throw error;
      trace.failed(error.check, error.message, error.advice);
      throw new ApplianceError('unauthenticated', 'The message of the identity provider was not accepted.');
    }
  }
}

/** The outermost element of a message whose signature fits: of the address, or within the message. */
function signedRoot(
  { value, rawQuery }: LogoutMessage,
  parameter: SamlParameter,
  settings: SamlSettings,
): Element {
  const { xml, root } = parseXml(rawQuery === undefined ? decodePosted(value) : decodeRedirected(value));
  checkIdentifiers(root);
  if (rawQuery !== undefined) {
    if (!isSignedQuery(rawQuery, parameter, settings.idpCertificates)) {
      throw new SamlRefusal(
        'signature',
        'The address is not signed by a known certificate of the identity provider.',
      );
    }
    return root;
  }
  checkSignaturePlaces(root, [root]);
  const verified = verifiedElement(xml, root, settings.idpCertificates);
  if (verified === undefined) throw new SamlRefusal('signature', `The ${root.localName} is not signed.`);
  return verified.element;
}
