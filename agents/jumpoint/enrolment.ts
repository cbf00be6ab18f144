import { createPrivateKey } from 'node:crypto';
import { hostFacts } from '../host-facts.ts';
import { newKeys } from '../program-identity.ts';
import { decodeEnrolmentToken, ENROL_PATH, type EnrolRequest, parseEnrolAnswer } from '../protocol.ts';
import type { ServerDial } from '../server-dial.ts';
import { postToServer } from '../server-post.ts';
import type { IdentityStore, JumpointIdentity } from './identity-store.ts';

export interface Enrolment {
  /** The enrolment token as minted by the server. */
  token: string;
  version: string;
  /** Dial this instead of the URL in the token (a built-in program talks to its own server). */
  url?: string;
  dial?: ServerDial;
}

/**
 * Registers this program: makes its keys, redeems the token and keeps the identity. Fails with a sentence for people
 * when the token is bad, used or expired, when the server cannot be reached, or when it is not the server that the
 * token was minted by; nothing is written then.
 */
export async function enrol(store: IdentityStore, enrolment: Enrolment): Promise<JumpointIdentity> {
  const token = decodeEnrolmentToken(enrolment.token);
  const keys = newKeys();
  const request: EnrolRequest = {
    token: token.token,
    identity_public_key: keys.identity.publicKey.toString('base64'),
    sealing_public_key: keys.sealing.publicKey.toString('base64'),
    hostname: hostFacts().hostname,
    version: enrolment.version,
  };
  const url = new URL(ENROL_PATH, enrolment.url ?? token.url);
  const answer = parseEnrolAnswer(
    await postToServer(url, enrolment.dial ?? {}, JSON.stringify(request), { what: 'the enrolment' }),
  );
  if (answer.server_key !== token.server_key)
    throw new Error('The server that answered is not the one the enrolment token was minted by.');
  const identity: JumpointIdentity = {
    jumpointNodeId: answer.jumpoint_node_id,
    jumpointName: answer.jumpoint_name,
    serverKey: token.server_key,
    urls: [...new Set([token.url, ...answer.urls])],
    identityKey: createPrivateKey(keys.identity.privateKeyPem),
    sealingKey: createPrivateKey(keys.sealing.privateKeyPem),
  };
  await store.write(identity);
  return identity;
}
