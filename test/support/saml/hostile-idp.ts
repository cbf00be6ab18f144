import { randomBytes } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { selfSignedRsaCertificate } from '../../../integrations/files/self-signed-certificate.ts';

export interface KeyPair {
  cert: string;
  key: string;
}

export const newKeyPair = (name: string): Promise<KeyPair> => selfSignedRsaCertificate(name, 30);

const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

export interface MessageParts {
  idp: string;
  sp: string;
  acs: string;
  requestId: string | undefined;
}

export interface AssertionOptions {
  id?: string;
  nameId?: string;
  issuer?: string;
  audience?: string;
  recipient?: string;
  inResponseTo?: string | undefined;
  issuedAt?: number;
  notBefore?: number;
  notOnOrAfter?: number;
  /** Text of an element instead of the usual one; empty to leave it out. */
  conditions?: string;
  confirmationData?: string;
  attributes?: Record<string, string[]>;
  extra?: string;
}

const at = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
export const newId = () => `_${randomBytes(16).toString('hex')}`;

/** An assertion as a well-behaved identity provider would make it, with whatever a test wants to be wrong. */
export function assertionXml(parts: MessageParts, options: AssertionOptions = {}): string {
  const {
    id = newId(),
    nameId = 'alice@example.test',
    issuer = parts.idp,
    audience = parts.sp,
    recipient = parts.acs,
    issuedAt = 0,
    notBefore = -30_000,
    notOnOrAfter = 300_000,
    attributes = {
      Username: ['alice'],
      Email: ['alice@example.test'],
      FirstName: ['Alice'],
      LastName: ['Archer'],
      Groups: ['reps', 'admins'],
    },
    extra = '',
  } = options;
  const inResponseTo = 'inResponseTo' in options ? options.inResponseTo : parts.requestId;
  const confirmationData =
    options.confirmationData ??
    `<saml:SubjectConfirmationData NotOnOrAfter="${at(notOnOrAfter)}" Recipient="${recipient}"${inResponseTo ? ` InResponseTo="${inResponseTo}"` : ''}/>`;
  const conditions =
    options.conditions ??
    `<saml:Conditions NotBefore="${at(notBefore)}" NotOnOrAfter="${at(notOnOrAfter)}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`;
  const values = Object.entries(attributes)
    .map(
      ([name, texts]) =>
        `<saml:Attribute Name="${name}">${texts.map((text) => `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${text}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
    )
    .join('');
  return (
    `<saml:Assertion xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0" IssueInstant="${at(issuedAt)}">` +
    `<saml:Issuer>${issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${nameId}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">${confirmationData}</saml:SubjectConfirmation></saml:Subject>` +
    `${conditions}<saml:AuthnStatement AuthnInstant="${at(-1000)}" SessionIndex="_session1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${values}</saml:AttributeStatement>${extra}</saml:Assertion>`
  );
}

export interface ResponseOptions {
  id?: string;
  issuer?: string;
  destination?: string | undefined;
  inResponseTo?: string | undefined;
  status?: string;
  extra?: string;
}

export function responseXml(parts: MessageParts, content: string, options: ResponseOptions = {}): string {
  const { id = newId(), issuer = parts.idp, status, extra = '' } = options;
  const destination = 'destination' in options ? options.destination : parts.acs;
  const inResponseTo = 'inResponseTo' in options ? options.inResponseTo : parts.requestId;
  return (
    `<samlp:Response xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0" IssueInstant="${at(0)}"` +
    `${destination === undefined ? '' : ` Destination="${destination}"`}${inResponseTo === undefined ? '' : ` InResponseTo="${inResponseTo}"`}>` +
    `<saml:Issuer>${issuer}</saml:Issuer>` +
    `<samlp:Status>${status ?? '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'}</samlp:Status>${content}${extra}</samlp:Response>`
  );
}

export interface SigningOptions {
  signatureAlgorithm?: string;
  digestAlgorithm?: string;
  transforms?: string[];
  canonicalization?: string;
  inclusivePrefixes?: string[];
  /** XPath of what is signed; the outermost element unless said otherwise. */
  target?: string;
  /** More references beside it. */
  alsoSign?: string[];
  isEmptyUri?: boolean;
}

/** Signs as told, even in ways that nobody should accept. The signature stands behind the Issuer of the outermost element. */
export function sign(xml: string, { key, cert }: KeyPair, options: SigningOptions = {}): string {
  const signer = new SignedXml({
    privateKey: key,
    publicCert: cert,
    signatureAlgorithm: options.signatureAlgorithm ?? RSA_SHA256,
    canonicalizationAlgorithm: options.canonicalization ?? EXC_C14N,
  });
  if (options.signatureAlgorithm?.includes('hmac')) {
    signer.enableHMAC();
    // The attack: the public certificate, which everybody has, as the shared secret.
    signer.privateKey = cert;
  }
  for (const xpath of [options.target ?? '/*', ...(options.alsoSign ?? [])]) {
    signer.addReference({
      xpath,
      transforms: options.transforms ?? [`${SIGNATURE}enveloped-signature`, EXC_C14N],
      digestAlgorithm: options.digestAlgorithm ?? SHA256,
      ...(options.inclusivePrefixes && { inclusiveNamespacesPrefixList: options.inclusivePrefixes }),
      ...(options.isEmptyUri && { isEmptyUri: true, uri: '' }),
    });
  }
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: "/*/*[local-name()='Issuer']", action: 'after' },
  });
  return signer.getSignedXml();
}

/** The signature of a signed document, and the document without it. */
export function splitSignature(xml: string): { signature: string; bare: string } {
  const start = xml.indexOf('<ds:Signature');
  const end = xml.indexOf('</ds:Signature>') + '</ds:Signature>'.length;
  return { signature: xml.slice(start, end), bare: xml.slice(0, start) + xml.slice(end) };
}
