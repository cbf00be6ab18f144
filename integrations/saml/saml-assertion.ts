import { SamlRefusal } from './saml-refusal.ts';
import { checkInResponseTo, checkIssuer, type ResponseExpectation, shown } from './saml-response.ts';
import {
  attributeOf,
  childrenNamed,
  elementsOf,
  instantOf,
  NS,
  neededChild,
  neededText,
  onlyChild,
  plainText,
} from './saml-xml.ts';

export interface NameId {
  value: string;
  format: string;
  nameQualifier: string | undefined;
  spNameQualifier: string | undefined;
}

export interface AssertionFacts {
  assertionId: string;
  nameId: NameId;
  sessionIndex: string | undefined;
  attributes: ReadonlyMap<string, readonly string[]>;
  /** Until when the assertion could be used once more, skew included. */
  usableUntil: Date;
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const KNOWN_CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);
const CLOCK_ADVICE =
  'Clock skew: compare the clock of this host with that of the identity provider (NTP on both), or raise the clock skew of this provider a little.';

/** Judges an assertion whose signature fits; `assertion` is what was signed. */
export function checkedAssertion(assertion: Element, expectation: ResponseExpectation): AssertionFacts {
  const { settings, now } = expectation;
  if (attributeOf(assertion, 'Version') !== '2.0') {
    throw new SamlRefusal('message', 'The assertion is not of SAML 2.0.');
  }
  checkIssuer(neededText(neededChild(assertion, NS.assertion, 'Issuer')), settings, 'assertion');
  const issued = instantOf(assertion, 'IssueInstant');
  if (issued === undefined)
    throw new SamlRefusal('message', 'The assertion does not say when it was issued.');
  notBefore(issued, expectation, 'The assertion was issued');
  const subject = neededChild(assertion, NS.assertion, 'Subject');
  const confirmedUntil = confirmation(subject, expectation);
  const conditionsUntil = checkConditions(neededChild(assertion, NS.assertion, 'Conditions'), expectation);
  const statements = childrenNamed(assertion, NS.assertion, 'AuthnStatement');
  const [statement] = statements;
  if (statement === undefined) {
    throw new SamlRefusal(
      'conditions',
      'The assertion does not say that somebody signed in (AuthnStatement).',
    );
  }
  const sessionEnd = instantOf(statement, 'SessionNotOnOrAfter');
  if (sessionEnd !== undefined)
    notOnOrAfter(sessionEnd, expectation, 'The session at the identity provider ended');
  return {
    assertionId: attributeOf(assertion, 'ID')!,
    nameId: nameIdOf(subject),
    sessionIndex: attributeOf(statement, 'SessionIndex'),
    attributes: attributesOf(assertion),
    usableUntil: new Date(Math.max(confirmedUntil, conditionsUntil, now) + settings.clockSkewMs),
  };
}

function nameIdOf(subject: Element): NameId {
  if (onlyChild(subject, NS.assertion, 'EncryptedID') !== undefined) {
    throw new SamlRefusal(
      'message',
      'The name ID is encrypted by itself, which is not supported.',
      'Let the identity provider encrypt the whole assertion instead.',
    );
  }
  const element = neededChild(subject, NS.assertion, 'NameID');
  return nameIdFrom(element);
}

export function nameIdFrom(element: Element): NameId {
  const value = neededText(element);
  return {
    value,
    format: attributeOf(element, 'Format') ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
    nameQualifier: attributeOf(element, 'NameQualifier'),
    spNameQualifier: attributeOf(element, 'SPNameQualifier'),
  };
}

/** One bearer confirmation must hold in full (SAML profiles 4.1.4.2). Answers until when. */
function confirmation(subject: Element, expectation: ResponseExpectation): number {
  const bearers = childrenNamed(subject, NS.assertion, 'SubjectConfirmation').filter(
    (one) => attributeOf(one, 'Method') === BEARER,
  );
  if (bearers.length === 0) {
    throw new SamlRefusal('conditions', 'The assertion has no bearer confirmation (SubjectConfirmation).');
  }
  let refusal: unknown;
  for (const bearer of bearers) {
    try {
      return confirmedUntil(bearer, expectation);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

function confirmedUntil(bearer: Element, expectation: ResponseExpectation): number {
  const data = onlyChild(bearer, NS.assertion, 'SubjectConfirmationData');
  if (data === undefined)
    throw new SamlRefusal('conditions', 'The assertion has no SubjectConfirmationData.');
  const { acsUrl } = expectation.settings;
  const recipient = attributeOf(data, 'Recipient');
  if (recipient !== acsUrl) {
    throw new SamlRefusal(
      'recipient',
      recipient === undefined
        ? 'The assertion does not say for which address it is (Recipient).'
        : `The assertion is for ${shown(recipient)}, and we are ${acsUrl} (Recipient).`,
      'Wrong recipient: set the assertion consumer address (also called reply or recipient URL) at the identity provider to the one shown here.',
    );
  }
  checkInResponseTo(attributeOf(data, 'InResponseTo'), expectation.requestId, 'assertion');
  const begins = instantOf(data, 'NotBefore');
  if (begins !== undefined) notBefore(begins, expectation, 'The confirmation is valid');
  const ends = instantOf(data, 'NotOnOrAfter');
  if (ends === undefined) {
    throw new SamlRefusal('conditions', 'The confirmation of the assertion has no end (NotOnOrAfter).');
  }
  notOnOrAfter(ends, expectation, 'The confirmation of the assertion ended');
  return ends;
}

function checkConditions(conditions: Element, expectation: ResponseExpectation): number {
  const begins = instantOf(conditions, 'NotBefore');
  if (begins !== undefined) notBefore(begins, expectation, 'The assertion is valid');
  const ends = instantOf(conditions, 'NotOnOrAfter');
  if (ends !== undefined) notOnOrAfter(ends, expectation, 'The assertion expired');
  for (const { namespaceURI, localName } of elementsOf(conditions)) {
    if (namespaceURI === NS.assertion && KNOWN_CONDITIONS.has(localName)) continue;
    throw new SamlRefusal(
      'conditions',
      `The assertion has the condition ${shown(localName)}, which is not known here.`,
    );
  }
  const restrictions = childrenNamed(conditions, NS.assertion, 'AudienceRestriction');
  if (restrictions.length === 0) {
    throw new SamlRefusal('audience', 'The assertion does not say for whom it is (AudienceRestriction).');
  }
  const { spEntityId } = expectation.settings;
  for (const restriction of restrictions) {
    const audiences = childrenNamed(restriction, NS.assertion, 'Audience').map(plainText);
    if (audiences.includes(spEntityId)) continue;
    throw new SamlRefusal(
      'audience',
      `The assertion is for ${audiences.map((one) => shown(one ?? '')).join(', ') || 'nobody'}, and we are ${shown(spEntityId)} (Audience).`,
      'Wrong audience: the identity provider must know this site by exactly this entity ID (also called audience or identifier).',
    );
  }
  return ends ?? 0;
}

function notBefore(time: number, { settings, now }: ResponseExpectation, what: string): void {
  if (now + settings.clockSkewMs >= time) return;
  throw new SamlRefusal(
    'clock',
    `${what} only from ${new Date(time).toISOString()} on, which is ${seconds(time - now)} ahead of our clock.`,
    CLOCK_ADVICE,
  );
}

function notOnOrAfter(time: number, { settings, now }: ResponseExpectation, what: string): void {
  if (now - settings.clockSkewMs < time) return;
  throw new SamlRefusal(
    'clock',
    `${what} at ${new Date(time).toISOString()}, ${seconds(now - time)} ago by our clock.`,
    CLOCK_ADVICE,
  );
}

function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole === 1 ? '1 second' : `${whole} seconds`;
}

/** By name and, where no other attribute has it as its name, by friendly name. Values that are not text are left out. */
function attributesOf(assertion: Element): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  const byFriendlyName = new Map<string, string[]>();
  for (const statement of childrenNamed(assertion, NS.assertion, 'AttributeStatement')) {
    for (const attribute of childrenNamed(statement, NS.assertion, 'Attribute')) {
      const values = childrenNamed(attribute, NS.assertion, 'AttributeValue')
        .map(plainText)
        .filter((value) => value !== undefined && value !== '') as string[];
      add(byName, attributeOf(attribute, 'Name'), values);
      add(byFriendlyName, attributeOf(attribute, 'FriendlyName'), values);
    }
  }
  for (const [name, values] of byFriendlyName) if (!byName.has(name)) byName.set(name, values);
  return byName;
}

function add(map: Map<string, string[]>, name: string | undefined, values: string[]): void {
  if (name !== undefined && name !== '') map.set(name, [...(map.get(name) ?? []), ...values]);
}
