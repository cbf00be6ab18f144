import { X509Certificate } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { DOMParser } from '@xmldom/xmldom';
import type {
  DescribedIdentityProvider,
  SamlMetadataReader,
} from '../../appliance/directory/saml-metadata.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { invalidField } from '../../appliance/errors.ts';
import { BINDING_URI, type SamlBinding } from './saml-bindings.ts';
import { SamlRefusal } from './saml-refusal.ts';
import { attributeOf, childrenNamed, instantOf, isNamed, NS, parseXml, plainText } from './saml-xml.ts';
import { checkMarkup, LARGEST_METADATA_BYTES } from './saml-xml-limits.ts';

/** As the login address. The redirect is preferred: it needs no page in between. */
const BINDINGS: SamlBinding[] = ['HTTP Redirect', 'HTTP POST'];
const SAML_2 = NS.protocol;

/**
 * Metadata of identity providers (SAML metadata 2.4.3). A list is cut into its entities by their tags first, so that a
 * federation of thousands is not held as one tree; each entity is parsed as strictly as a message is.
 */
export const samlMetadataReader: SamlMetadataReader = {
  async read(text, now) {
    try {
      const found: DescribedIdentityProvider[] = [];
      for (const entity of entitiesOf(text)) {
        const described = describe(entity, now);
        if (described !== undefined) found.push(described);
        // A federation takes a second; others have their turn in between.
        await turn();
      }
      return found;
    } catch (error) {
      if (error instanceof SamlRefusal) throw invalidField('metadata', error.message);
      throw error;
    }
  },
};

function* entitiesOf(text: string): Generator<Element> {
  // Published metadata often carries comments and licence texts; they mean nothing and nothing is believed by signature.
  const xml = withoutComments(text.replace(/^\uFEFF/, '').trimStart());
  checkMarkup(xml, { bytes: LARGEST_METADATA_BYTES, elements: 400_000 });
  const isList = /^(<\?xml[^>]*\?>)?\s*<([\w.-]+:)?EntitiesDescriptor[\s>]/.test(xml);
  if (!isList) {
    const { root } = parseXml(xml);
    if (!isNamed(root, NS.metadata, 'EntityDescriptor')) {
      throw new SamlRefusal('message', `This is no metadata of SAML: it begins with ${root.localName}.`);
    }
    yield root;
    return;
  }
  const scope = namespacesOf(xml);
  for (const piece of piecesOf(xml)) {
    if (!piece.includes('IDPSSODescriptor')) continue;
    const { root } = parseXml(withNamespaces(piece, scope));
    if (isNamed(root, NS.metadata, 'EntityDescriptor')) yield root;
  }
}

/** Comments that do not end stay, and are refused with the rest of the markup. */
function withoutComments(xml: string): string {
  const kept: string[] = [];
  let at = 0;
  for (;;) {
    const start = xml.indexOf('<!--', at);
    const end = start === -1 ? -1 : xml.indexOf('-->', start + 4);
    if (end === -1) return kept.join('') + xml.slice(at);
    kept.push(xml.slice(at, start));
    at = end + 3;
  }
}

/** Entities from their first tag to their last; they are never nested. */
function* piecesOf(xml: string): Generator<string> {
  const opening = /<((?:[\w.-]{1,64}:)?EntityDescriptor)\s/g;
  for (let match = opening.exec(xml); match !== null; match = opening.exec(xml)) {
    const closing = `</${match[1]}`;
    const end = xml.indexOf(closing, opening.lastIndex);
    if (end === -1) return;
    const after = xml.indexOf('>', end) + 1;
    yield xml.slice(match.index, after);
    opening.lastIndex = after;
  }
}

/** Those of the outermost element. */
function namespacesOf(xml: string): Map<string, string> {
  const [tag = ''] = /<(?:[\w.-]+:)?EntitiesDescriptor[^>]*>/.exec(xml) ?? [];
  const root = new DOMParser().parseFromString(tag.replace(/\/?>$/, '/>'), 'text/xml').documentElement;
  const scope = new Map<string, string>();
  for (const { name, value } of Array.from(root?.attributes ?? []))
    if (name.startsWith('xmlns')) scope.set(name, value);
  return scope;
}

function withNamespaces(piece: string, scope: Map<string, string>): string {
  const tag = piece.slice(0, piece.indexOf('>'));
  const missing = [...scope].filter(([name]) => !new RegExp(`\\s${name}\\s*=`).test(tag));
  const added = missing.map(([name, value]) => ` ${name}="${value.replace(/[&<"]/g, '')}"`).join('');
  return piece.replace(/^<[\w.:-]+/, (start) => start + added);
}

function describe(entity: Element, now: Date): DescribedIdentityProvider | undefined {
  const [idp] = childrenNamed(entity, NS.metadata, 'IDPSSODescriptor').filter((one) =>
    (attributeOf(one, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(SAML_2),
  );
  if (idp === undefined) return undefined;
  const entityId = attributeOf(entity, 'entityID') ?? '';
  const remarks: string[] = [];
  const login = endpoint(idp, 'SingleSignOnService');
  if (login === undefined) remarks.push('It has no address to sign in at that this site could use.');
  const logout = endpoint(idp, 'SingleLogoutService');
  const certificates = certificatesOf(idp, now, remarks);
  const until = instantOf(entity, 'validUntil');
  if (until !== undefined && until < now.getTime()) remarks.push('The metadata has expired (validUntil).');
  const signed = attributeOf(idp, 'WantAuthnRequestsSigned');
  const formats = childrenNamed(idp, NS.metadata, 'NameIDFormat').map(plainText);
  if (formats.length > 0) remarks.push(`It offers these formats of name IDs: ${formats.join(', ')}.`);
  const settings: ProviderSettings = {
    entity_id: entityId,
    ...(login && { login_url: login.url, sso_url_protocol_binding: login.binding }),
    ...(logout && { logout_url: logout.url, logout_url_protocol_binding: logout.binding }),
    ...(certificates !== '' && { idp_certificates: certificates }),
    ...((signed === 'true' || signed === '1') && { force_signed_request: true }),
  };
  return { entityId, settings, remarks };
}

function endpoint(idp: Element, name: string): { url: string; binding: SamlBinding } | undefined {
  const services = childrenNamed(idp, NS.metadata, name);
  for (const binding of BINDINGS) {
    const service = services.find((one) => attributeOf(one, 'Binding') === BINDING_URI[binding]);
    const url = service && attributeOf(service, 'Location');
    if (url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
      return { url, binding };
  }
  return undefined;
}

function certificatesOf(idp: Element, now: Date, remarks: string[]): string {
  const texts = new Set<string>();
  for (const descriptor of childrenNamed(idp, NS.metadata, 'KeyDescriptor')) {
    if ((attributeOf(descriptor, 'use') ?? 'signing') !== 'signing') continue;
    for (const info of childrenNamed(descriptor, NS.signature, 'KeyInfo')) {
      for (const data of childrenNamed(info, NS.signature, 'X509Data')) {
        for (const one of childrenNamed(data, NS.signature, 'X509Certificate')) {
          texts.add((plainText(one) ?? '').replace(/\s+/g, ''));
        }
      }
    }
  }
  const pems: string[] = [];
  for (const text of texts) {
    try {
      const certificate = new X509Certificate(Buffer.from(text, 'base64'));
      if (certificate.validToDate < now) {
        remarks.push(
          `The certificate ${certificate.subject} expired on ${certificate.validToDate.toISOString()}.`,
        );
      }
      pems.push(certificate.toString().trim());
    } catch {
      remarks.push('One of its certificates cannot be read and is left out.');
    }
  }
  if (pems.length === 0) remarks.push('It has no signing certificate: nobody could sign in.');
  return pems.length === 0 ? '' : `${pems.join('\n')}\n`;
}
