import { SignedXml } from 'xml-crypto';
import { SamlRefusal } from './saml-refusal.ts';
import {
  attributeOf,
  childrenNamed,
  elementsOf,
  everyElement,
  isNamed,
  NS,
  onlyChild,
  parseXml,
} from './saml-xml.ts';

const ENVELOPED = `${NS.signature}enveloped-signature`;

/** RSA alone: a public key must never do as the secret of an HMAC, and SHA-1 signatures can be forged. */
const SIGNATURE_METHODS = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
]);
const DIGEST_METHODS = new Set([`${NS.encryption}sha256`, `${NS.encryption}sha512`]);
/** `xs` and `xsi` of typed attribute values and the like. */
const PREFIX_LIST = /^[A-Za-z_][\w.-]{0,30}( [A-Za-z_][\w.-]{0,30}){0,15}$/;

/** Refuses a document in which an identifier could mean two elements. */
export function checkIdentifiers(root: Element): void {
  const seen = new Set<string>();
  for (const element of everyElement(root)) {
    for (const { localName, name, value } of Array.from(element.attributes)) {
      if (!/^id$/i.test(localName ?? name)) continue;
      if (value === '') throw signatureRefused('An identifier is empty');
      if (seen.has(value)) throw signatureRefused('Two elements have the same identifier');
      seen.add(value);
    }
  }
}

/** Refuses signatures anywhere but directly in the given elements, one in each at most. */
export function checkSignaturePlaces(root: Element, allowed: readonly Element[]): void {
  for (const element of everyElement(root)) {
    if (element.localName !== 'Signature') continue;
    if (element.namespaceURI === NS.signature && allowed.some((parent) => parent === element.parentNode))
      continue;
    throw signatureRefused('A signature stands where none belongs');
  }
  for (const parent of allowed) {
    if (childrenNamed(parent, NS.signature, 'Signature').length > 1) {
      throw signatureRefused(`${parent.localName} has more than one signature`);
    }
  }
}

/**
 * The signature of exactly this element by one of the certificates. Answers the element parsed anew from the bytes that
 * were signed: nothing else of the message may be read as signed. The keys that a message brings along are ignored.
 * Undefined: there is no signature.
 */
export function verifiedElement(
  xml: string,
  element: Element,
  certificates: readonly string[],
): { element: Element; xml: string } | undefined {
  const signature = onlyChild(element, NS.signature, 'Signature');
  if (signature === undefined) return undefined;
  const what = element.localName;
  if (certificates.length === 0) {
    throw signatureRefused(
      `The ${what} is signed, and no certificate of the identity provider is known`,
      'Import the metadata of the identity provider, or paste its signing certificate.',
    );
  }
  const id = attributeOf(element, 'ID') ?? '';
  checkSignature(signature, id, what);
  for (const certificate of certificates) {
    const signed = signedBytes(xml, signature, certificate);
    if (signed === undefined) continue;
    const verified = parseXml(signed);
    if (
      verified.root.namespaceURI !== element.namespaceURI ||
      verified.root.localName !== what ||
      attributeOf(verified.root, 'ID') !== id
    ) {
      throw signatureRefused(`The signature in the ${what} covers something else`);
    }
    return { element: verified.root, xml: verified.xml };
  }
  throw signatureRefused(
    `The signature of the ${what} does not fit any certificate of the identity provider: it was made with another key, or the message was changed`,
    'Wrong certificate: the identity provider may have changed its signing certificate. Import its metadata again, or paste the new certificate below the old one.',
  );
}

/** The form that SAML prescribes (SAML core, 5.4) and no other. */
function checkSignature(signature: Element, id: string, what: string): void {
  const parts = elementsOf(signature);
  if (
    parts.some(
      ({ namespaceURI, localName }) => namespaceURI !== NS.signature || !SIGNATURE_PARTS.has(localName),
    )
  ) {
    throw signatureRefused(`The signature of the ${what} holds more than a signature`);
  }
  const signedInfo = one(signature, 'SignedInfo');
  one(signature, 'SignatureValue');
  const method = one(signedInfo, 'CanonicalizationMethod');
  if (attributeOf(method, 'Algorithm') !== NS.exclusiveC14n || elementsOf(method).length > 0) {
    throw signatureRefused(`The signature of the ${what} is canonicalised in a way that is not accepted`);
  }
  const algorithm = attributeOf(one(signedInfo, 'SignatureMethod'), 'Algorithm') ?? '';
  if (!SIGNATURE_METHODS.has(algorithm)) {
    throw signatureRefused(
      `The signature of the ${what} is made with ${algorithm.slice(0, 100) || 'no algorithm'}, which is not accepted`,
      'Let the identity provider sign with RSA and SHA-256.',
    );
  }
  if (elementsOf(signedInfo).length !== 3) {
    throw signatureRefused(`The signature of the ${what} does not have exactly one reference`);
  }
  checkReference(one(signedInfo, 'Reference'), id, what);
}

const SIGNATURE_PARTS = new Set(['SignedInfo', 'SignatureValue', 'KeyInfo']);

function checkReference(reference: Element, id: string, what: string): void {
  if (!/^[A-Za-z_][\w.:-]{0,255}$/.test(id) || attributeOf(reference, 'URI') !== `#${id}`) {
    throw signatureRefused(`The signature in the ${what} refers to something else`);
  }
  const digest = attributeOf(one(reference, 'DigestMethod'), 'Algorithm') ?? '';
  if (!DIGEST_METHODS.has(digest)) {
    throw signatureRefused(
      `The digest in the signature of the ${what} is made with ${digest.slice(0, 100) || 'no algorithm'}, which is not accepted`,
      'Let the identity provider sign with RSA and SHA-256.',
    );
  }
  const transforms = childrenNamed(one(reference, 'Transforms'), NS.signature, 'Transform');
  const names = transforms.map((transform) => attributeOf(transform, 'Algorithm'));
  // Some signers list prefixes in both, in a namespace of their own; they mean something to the second alone.
  const plain =
    names.length === 2 &&
    names[0] === ENVELOPED &&
    names[1] === NS.exclusiveC14n &&
    transforms.every((transform, at) => {
      const [list, ...more] = elementsOf(transform);
      return more.length === 0 && (list === undefined || isPrefixList(list, names[at]!));
    });
  if (!plain)
    throw signatureRefused(
      `The signature of the ${what} transforms what it covers in a way that is not accepted`,
    );
}

function isPrefixList(element: Element, namespace: string): boolean {
  return (
    isNamed(element, namespace, 'InclusiveNamespaces') &&
    elementsOf(element).length === 0 &&
    PREFIX_LIST.test(attributeOf(element, 'PrefixList') ?? '')
  );
}

function signedBytes(xml: string, signature: Element, certificate: string): string | undefined {
  try {
    const signed = new SignedXml({ publicCert: certificate });
    signed.loadSignature(signature);
    if (!signed.checkSignature(xml)) return undefined;
    const references = signed.getSignedReferences();
    return references.length === 1 ? references[0] : undefined;
  } catch {
    // Of another key, or a value that is no signature at all.
    return undefined;
  }
}

function one(parent: Element, name: string): Element {
  const found = childrenNamed(parent, NS.signature, name);
  if (found.length !== 1) throw signatureRefused(`${parent.localName} does not have exactly one ${name}`);
  return found[0]!;
}

function signatureRefused(sentence: string, advice?: string): SamlRefusal {
  return new SamlRefusal('signature', `${sentence}.`, advice);
}

/** Signs the outermost element, which has the identifier; the signature stands behind its Issuer, or first. */
export function signedXml(xml: string, id: string, key: { privateKey: string; certificate: string }): string {
  const signer = new SignedXml({
    privateKey: key.privateKey,
    publicCert: key.certificate,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: NS.exclusiveC14n,
  });
  signer.addReference({
    xpath: `/*[@ID='${id}']`,
    transforms: [ENVELOPED, NS.exclusiveC14n],
    digestAlgorithm: `${NS.encryption}sha256`,
  });
  const issuer = `/*/*[local-name()='Issuer' and namespace-uri()='${NS.assertion}']`;
  const location = xml.includes(':Issuer>')
    ? { reference: issuer, action: 'after' as const }
    : { reference: '/*', action: 'prepend' as const };
  signer.computeSignature(xml, { prefix: 'ds', location });
  return signer.getSignedXml();
}
