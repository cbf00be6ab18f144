import { SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import { SamlRefusal } from './saml-refusal.ts';
import type { VerifiedResponse } from './saml-response.ts';
import type { SamlSettings } from './saml-settings.ts';

/**
 * Lets node-saml judge the signed assertion once more. A mistake in our own reading has to be one of the library as well
 * before it lets anybody in (docs/adr/0011-saml-library.md). Requests, recipients and replays are ours alone to judge.
 */
export async function checkSecondOpinion(response: VerifiedResponse, settings: SamlSettings): Promise<void> {
  const judge = new SAML({
    callbackUrl: settings.acsUrl,
    issuer: settings.spEntityId,
    audience: settings.spEntityId,
    idpIssuer: settings.idpEntityId,
    idpCert: settings.idpCertificates,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    validateInResponseTo: ValidateInResponseTo.never,
    acceptedClockSkewMs: settings.clockSkewMs,
  });
  const profile = await judge
    .validatePostResponseAsync({ SAMLResponse: Buffer.from(response.document).toString('base64') })
    .then((judged) => judged.profile)
    .catch((error: Error) => {
      throw new SamlRefusal('signature', `The assertion was refused by a second check: ${error.message}.`);
    });
  const { nameId, sessionIndex } = response;
  if (profile?.nameID?.trim() !== nameId.value || (profile.sessionIndex ?? undefined) !== sessionIndex) {
    throw new SamlRefusal('signature', 'Two checks of the assertion read different things in it.');
  }
}
