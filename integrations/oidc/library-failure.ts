import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { OutboundFailure, type OutboundProblem } from '../../appliance/outbound-http.ts';
import { OidcFailure, quoted } from './oidc-failure.ts';

const CLOCKS = 'Compare the clock of this appliance with that of the provider; both should be set by NTP.';

/** What the library, or a call, failed with, told to a person. What is not known is not explained away. */
export function failureOf(error: unknown): OidcFailure {
  if (error instanceof OidcFailure) return error;
  const outbound = causesOf(error).find((cause) => cause instanceof OutboundFailure);
  if (outbound !== undefined) return unreachable(outbound);
  if (error instanceof AuthorizationResponseError) return answeredWithError(error);
  if (error instanceof ResponseBodyError) return tokenRefused(error);
  if (error instanceof WWWAuthenticateChallengeError) {
    return new OidcFailure('token', `The provider refused this application (status ${error.status}).`, {
      unavailable: true,
      advice: 'Check the client ID and the client secret.',
      cause: error,
    });
  }
  if (error instanceof ClientError) return notAccepted(error);
  throw error;
}

const PROBLEM_STEPS: Record<OutboundProblem, [step: string, advice: string]> = {
  bad_url: ['settings', 'The provider has to be reached by https.'],
  unknown_host: ['dns', 'Check the spelling of the issuer, and that this appliance can resolve names.'],
  address_refused: [
    'address',
    'If the provider is in your own network, list its range in the site setting outbound_private_ranges.',
  ],
  unreachable: ['connect', 'Check that the provider runs and that a firewall lets this appliance reach it.'],
  certificate_refused: [
    'tls',
    'If its certificate is from your own authority, add the certificate of that authority (PEM) to ca_certificates. Otherwise the host name of the issuer is not in the certificate, or the certificate has expired.',
  ],
  timed_out: [
    'connect',
    'Check that the provider is not overloaded and that a firewall lets this appliance reach it.',
  ],
  redirected: ['http', 'Set the issuer to the address that is answered without a redirect.'],
  too_large: ['http', 'Something other than an OpenID provider answers there, or it sends very many claims.'],
};

function unreachable(failure: OutboundFailure): OidcFailure {
  const [step, advice] = PROBLEM_STEPS[failure.problem];
  return new OidcFailure(step, failure.message, { unavailable: true, advice, cause: failure });
}

const ANSWER_ADVICE: Record<string, string> = {
  access_denied: 'The person declined, or may not use this application there.',
  login_required: 'The person has to sign in at the provider.',
  unmet_authentication_requirements: 'The provider cannot meet what acr_values asks for.',
  invalid_scope: 'The provider does not offer one of the scopes.',
  unauthorized_client: 'Allow the authorization code flow for this client at the provider.',
};

function answeredWithError(error: AuthorizationResponseError): OidcFailure {
  const text = error.error_description === undefined ? '' : `: ${quoted(error.error_description)}`;
  return new OidcFailure('answer', `The provider answered with the error ${quoted(error.error)}${text}.`, {
    advice: ANSWER_ADVICE[error.error],
    cause: error,
  });
}

function tokenRefused(error: ResponseBodyError): OidcFailure {
  const text = error.error_description === undefined ? '' : `: ${quoted(error.error_description)}`;
  const aboutClient = error.error === 'invalid_client' || error.error === 'unauthorized_client';
  return new OidcFailure('token', `The provider did not exchange the code, ${quoted(error.error)}${text}.`, {
    unavailable: aboutClient || error.status >= 500,
    advice: aboutClient
      ? 'Check the client ID and the client secret; a secret may have expired there.'
      : error.error === 'invalid_grant'
        ? 'The code was used before, is too old, or was given to somebody else.'
        : undefined,
    cause: error,
  });
}

/** By claim. */
const CLAIM_MESSAGES: Record<string, [message: string, advice?: string]> = {
  nonce: [
    'The id token belongs to another sign-in (nonce).',
    'Somebody may have tried to slip in an answer of another sign-in.',
  ],
  aud: ['The id token is for another application (aud).', 'Check the client ID.'],
  azp: ['The id token was issued to another application (azp).', 'Check the client ID.'],
  iss: ['The id token is of another issuer (iss).', 'Check the issuer.'],
  exp: ['The id token has expired (exp).', CLOCKS],
  nbf: ['The id token is not valid yet (nbf).', CLOCKS],
  auth_time: ['The person signed in at the provider too long ago (auth_time).'],
};

function notAccepted(error: ClientError): OidcFailure {
  const causes = causesOf(error);
  const reason = causes.filter((cause) => cause instanceof Error).at(-1)!.message;
  const claim = causes
    .map((cause) => (cause as { claim?: unknown }).claim)
    .find((name) => typeof name === 'string');
  const known = claim === undefined ? undefined : CLAIM_MESSAGES[claim];
  if (known !== undefined) return new OidcFailure('id_token', known[0], { advice: known[1], cause: error });
  switch (error.code) {
    case 'OAUTH_KEY_SELECTION_FAILED':
      return new OidcFailure(
        'signature',
        'The id token is signed with a key that the provider does not publish.',
        { cause: error },
      );
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
      return new OidcFailure('userinfo', 'The userinfo answer is about another person (sub).', {
        cause: error,
      });
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
    case 'OAUTH_PARSE_ERROR':
      return new OidcFailure('http', `The provider answered with something unexpected (${reason}).`, {
        unavailable: true,
        advice: 'Its logs may tell more.',
        cause: error,
      });
    default:
      return new OidcFailure(stepOf(reason), `What the provider sent was not accepted: ${reason}.`, {
        cause: error,
      });
  }
}

function stepOf(reason: string): string {
  if (/"alg"|signature/.test(reason)) return 'signature';
  return /response parameter|"parameters"|parameter must/.test(reason) ? 'answer' : 'id_token';
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let one = error; typeof one === 'object' && one !== null && causes.length < 10; ) {
    causes.push(one);
    one = (one as { cause?: unknown }).cause;
  }
  return causes;
}
