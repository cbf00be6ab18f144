import { type AssertionFacts, checkedAssertion } from './saml-assertion.ts';
import { decryptAssertion } from './saml-decryption.ts';
import { SamlRefusal } from './saml-refusal.ts';
import type { SamlSettings } from './saml-settings.ts';
import { checkIdentifiers, checkSignaturePlaces, verifiedElement } from './saml-signature.ts';
import {
  attributeOf,
  elementsOf,
  everyElement,
  isNamed,
  NS,
  neededChild,
  neededText,
  onlyChild,
  parseXml,
  plainText,
} from './saml-xml.ts';

export interface ResponseExpectation {
  settings: SamlSettings;
  /** The request that was sent; undefined: none was, and the provider allows that. */
  requestId: string | undefined;
  now: number;
}

export interface VerifiedResponse extends AssertionFacts {
  /** A Response with the assertion in the clear. */
  document: string;
  encrypted: boolean;
  responseSigned: boolean;
}

/**
 * Judges a Response (SAML core 3.3, profiles 4.1.4). What it answers was read from signed bytes and nothing else. Fails
 * with a SamlRefusal that says what is wrong.
 */
export function verifiedResponse(text: string, expectation: ResponseExpectation): VerifiedResponse {
  const { settings } = expectation;
  const { xml, root } = parseXml(text);
  if (!isNamed(root, NS.protocol, 'Response')) {
    throw new SamlRefusal('message', `The message is a ${root.localName} and not a Response.`);
  }
  if (attributeOf(root, 'Version') !== '2.0')
    throw new SamlRefusal('message', 'The Response is not of SAML 2.0.');
  checkIdentifiers(root);
  checkEnvelope(root, expectation);
  const held = assertionElement(root);
  const encrypted = held.localName === 'EncryptedAssertion';
  if (!encrypted && settings.requireEncryption) {
    throw new SamlRefusal(
      'decryption',
      'The assertion is not encrypted, and this provider asks for that.',
      'Let the identity provider encrypt assertions for our certificate, or switch the requirement off.',
    );
  }
  checkSignaturePlaces(root, encrypted ? [root] : [root, held]);
  const signedResponse = verifiedElement(xml, root, settings.idpCertificates);
  if (signedResponse === undefined && settings.requireSignedResponse) {
    throw new SamlRefusal(
      'signature',
      'The Response is not signed, and this provider asks for that.',
      'Let the identity provider sign responses as well as assertions, or switch the requirement off.',
    );
  }
  if (signedResponse !== undefined) {
    checkEnvelope(signedResponse.element, expectation);
    if (attributeOf(root, 'Destination') === undefined) {
      throw new SamlRefusal('destination', 'The signed Response does not say where it goes (Destination).');
    }
  }
  const plain = encrypted ? decrypted(held, settings) : { xml, element: held };
  const assertion = verifiedElement(plain.xml, plain.element, settings.idpCertificates);
  if (assertion === undefined) {
    throw new SamlRefusal(
      'signature',
      'The assertion is not signed. A signature of the Response alone is not enough.',
      'Let the identity provider sign assertions.',
    );
  }
  return {
    ...checkedAssertion(assertion.element, expectation),
    document: encrypted ? aroundAssertion(plain.xml) : xml,
    encrypted,
    responseSigned: signedResponse !== undefined,
  };
}

/** What stands around the assertion. Without a signature of the Response it only ever refuses. */
function checkEnvelope(response: Element, { settings, requestId }: ResponseExpectation): void {
  const issuer = onlyChild(response, NS.assertion, 'Issuer');
  if (issuer !== undefined) checkIssuer(neededText(issuer), settings, 'Response');
  const destination = attributeOf(response, 'Destination');
  if (destination !== undefined && destination !== settings.acsUrl) {
    throw new SamlRefusal(
      'destination',
      `The Response is meant for ${shown(destination)}, and we are ${settings.acsUrl} (Destination).`,
      'Wrong recipient: set the assertion consumer address at the identity provider to the one shown here. Behind a proxy, check the public URL of this site.',
    );
  }
  checkInResponseTo(attributeOf(response, 'InResponseTo'), requestId, 'Response');
  checkStatus(response);
}

export function checkIssuer(issuer: string, { idpEntityId }: SamlSettings, what: string): void {
  if (issuer === idpEntityId) return;
  throw new SamlRefusal(
    'issuer',
    `The ${what} is from ${shown(issuer)}, and this provider is ${shown(idpEntityId)} (Issuer).`,
    'Copy the entity ID of the identity provider exactly as its metadata has it, or import its metadata again.',
  );
}

export function checkInResponseTo(
  given: string | undefined,
  requestId: string | undefined,
  what: string,
): void {
  if (given === requestId) return;
  throw new SamlRefusal(
    'in_response_to',
    given === undefined
      ? `The ${what} does not answer a request of ours (InResponseTo is missing).`
      : `The ${what} answers another request than the one of this sign-in (InResponseTo).`,
    'Begin the sign-in again at our own page. Sign-ins that begin at the identity provider have to be allowed for this provider.',
  );
}

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';

export function checkStatus(response: Element): void {
  const status = neededChild(response, NS.protocol, 'Status');
  const code = neededChild(status, NS.protocol, 'StatusCode');
  const value = attributeOf(code, 'Value') ?? '';
  if (value === `${STATUS}Success`) return;
  const inner = onlyChild(code, NS.protocol, 'StatusCode');
  const words = [value, (inner && attributeOf(inner, 'Value')) ?? ''].map((one) => one.replace(STATUS, ''));
  const message = onlyChild(status, NS.protocol, 'StatusMessage');
  const told = message && plainText(message);
  throw new SamlRefusal(
    'status',
    `The identity provider refused: ${shown(words.filter(Boolean).join(' / '))}${told ? ` (${shown(told)})` : ''}.`,
    words.includes('RequestDenied') || words.includes('InvalidNameIDPolicy')
      ? 'Look at what the identity provider has set up for this site: its users, the format of the name ID, the signature of requests.'
      : 'The log of the identity provider tells more.',
  );
}

/** The one assertion, plain or encrypted. Another one anywhere in the message, at any depth, is refused. */
function assertionElement(response: Element): Element {
  const named = everyElement(response).filter(({ localName }) => /^(Encrypted)?Assertion$/.test(localName));
  const direct = elementsOf(response).filter(
    (child) =>
      isNamed(child, NS.assertion, 'Assertion') || isNamed(child, NS.assertion, 'EncryptedAssertion'),
  );
  const [only] = direct;
  if (only === undefined) throw new SamlRefusal('message', 'The Response holds no assertion.');
  if (direct.length > 1 || named.length > 1) {
    throw new SamlRefusal('message', 'The Response holds more than one assertion.');
  }
  return only;
}

function decrypted(held: Element, settings: SamlSettings): { xml: string; element: Element } {
  const { xml, root } = decryptAssertion(held, settings.decryptionKeys);
  if (!isNamed(root, NS.assertion, 'Assertion')) {
    throw new SamlRefusal('decryption', 'What is encrypted is not an assertion.');
  }
  checkIdentifiers(root);
  if (
    everyElement(root).some(
      (element) => element !== root && /^(Encrypted)?Assertion$/.test(element.localName),
    )
  ) {
    throw new SamlRefusal('message', 'The Response holds more than one assertion.');
  }
  checkSignaturePlaces(root, [root]);
  return { xml, element: root };
}

function aroundAssertion(xml: string): string {
  return (
    `<samlp:Response xmlns:samlp="${NS.protocol}" ID="_decrypted" Version="2.0">` +
    `<samlp:Status><samlp:StatusCode Value="${STATUS}Success"/></samlp:Status>` +
    `${xml.replace(/^<\?xml[^>]*\?>\s*/, '')}</samlp:Response>`
  );
}

/** Texts of a message in a sentence for people. */
export function shown(text: string): string {
  return `“${text.length > 200 ? `${text.slice(0, 200)}…` : text}”`;
}
