import { randomBytes } from 'node:crypto';
import type { NameId } from './saml-assertion.ts';
import { BINDING_URI } from './saml-bindings.ts';
import type { SamlSettings } from './saml-settings.ts';
import { escapeXml as e, NS } from './saml-xml.ts';

/** 160 random bits that begin with a letter, as identifiers of XML do. */
export function newMessageId(): string {
  return `_${randomBytes(20).toString('hex')}`;
}

const NAMESPACES = `xmlns:samlp="${NS.protocol}" xmlns:saml="${NS.assertion}"`;

function head(id: string, now: Date, destination: string): string {
  return `ID="${id}" Version="2.0" IssueInstant="${now.toISOString()}" Destination="${e(destination)}"`;
}

const issuer = ({ spEntityId }: SamlSettings) => `<saml:Issuer>${e(spEntityId)}</saml:Issuer>`;

/** Asks for an answer by POST: assertions are too long for an address (SAML profiles 4.1.2). */
export function authnRequest(settings: SamlSettings, id: string, now: Date, force: boolean): string {
  const format = settings.nameIdFormat === '' ? '' : ` Format="${e(settings.nameIdFormat)}"`;
  return (
    `<samlp:AuthnRequest ${NAMESPACES} ${head(id, now, settings.loginUrl)}${force ? ' ForceAuthn="true"' : ''}` +
    ` ProtocolBinding="${BINDING_URI['HTTP POST']}" AssertionConsumerServiceURL="${e(settings.acsUrl)}">` +
    `${issuer(settings)}<samlp:NameIDPolicy${format} AllowCreate="true"/></samlp:AuthnRequest>`
  );
}

export function logoutRequest(
  settings: SamlSettings,
  id: string,
  now: Date,
  session: { nameId: NameId; sessionIndex: string | undefined },
): string {
  const { nameId, sessionIndex } = session;
  const qualifiers =
    (nameId.nameQualifier === undefined ? '' : ` NameQualifier="${e(nameId.nameQualifier)}"`) +
    (nameId.spNameQualifier === undefined ? '' : ` SPNameQualifier="${e(nameId.spNameQualifier)}"`);
  const until = new Date(now.getTime() + 5 * 60_000).toISOString();
  return (
    `<samlp:LogoutRequest ${NAMESPACES} ${head(id, now, settings.logoutUrl)} NotOnOrAfter="${until}">${issuer(settings)}` +
    `<saml:NameID${qualifiers} Format="${e(nameId.format)}">${e(nameId.value)}</saml:NameID>` +
    `${sessionIndex === undefined ? '' : `<samlp:SessionIndex>${e(sessionIndex)}</samlp:SessionIndex>`}</samlp:LogoutRequest>`
  );
}

export function logoutResponse(settings: SamlSettings, id: string, now: Date, inResponseTo: string): string {
  return (
    `<samlp:LogoutResponse ${NAMESPACES} ${head(id, now, settings.logoutUrl)} InResponseTo="${e(inResponseTo)}">` +
    `${issuer(settings)}<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
    '</samlp:LogoutResponse>'
  );
}
