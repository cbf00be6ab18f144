import { createPrivateKey } from 'node:crypto';
import { ECM_ENROL_PATH, type EcmEnrolRequest, parseEcmEnrolAnswer } from '../../agents/ecm-protocol.ts';
import { keyFingerprint } from '../../agents/handshake.ts';
import { hostFacts } from '../../agents/host-facts.ts';
import { newKeys } from '../../agents/program-identity.ts';
import type { ServerDial } from '../../agents/server-dial.ts';
import { postToServer } from '../../agents/server-post.ts';
import { asObject, requiredText } from '../../agents/wire-fields.ts';
import type { EcmIdentity, EcmIdentityFile } from './ecm-identity.ts';

export interface EcmEnrolment {
  /** Of the server. */
  url: string;
  /** Of an API account with the ECM permission; not kept. */
  clientId: string;
  clientSecret: string;
  /** What administrators read. */
  name: string;
  version: string;
  dial?: ServerDial;
}

/**
 * Registers this host with keys of its own, which count once an administrator has approved them, and pins the key of the
 * server. Answers the fingerprint to compare at the approval. Fails with a sentence for people; nothing is written then.
 */
export async function enrolEcmHost(
  store: EcmIdentityFile,
  enrolment: EcmEnrolment,
): Promise<{ identity: EcmIdentity; fingerprint: string }> {
  const { url, name, version, dial = {} } = enrolment;
  const authorization = `Bearer ${await accessToken(enrolment)}`;
  const keys = newKeys();
  const request: EcmEnrolRequest = {
    name,
    identity_public_key: keys.identity.publicKey.toString('base64'),
    sealing_public_key: keys.sealing.publicKey.toString('base64'),
    hostname: hostFacts().hostname,
    version,
  };
  const answer = parseEcmEnrolAnswer(
    await postToServer(new URL(ECM_ENROL_PATH, url), dial, JSON.stringify(request), {
      headers: { authorization },
      what: 'the enrolment',
    }),
  );
  const identity: EcmIdentity = {
    ecmHostId: answer.ecm_host_id,
    name: answer.name,
    serverKey: answer.server_key,
    urls: [...new Set([url, ...answer.urls])],
    identityKey: createPrivateKey(keys.identity.privateKeyPem),
    sealingKey: createPrivateKey(keys.sealing.privateKeyPem),
  };
  await store.write(identity);
  return { identity, fingerprint: keyFingerprint(keys.identity.publicKey) };
}

async function accessToken({ url, clientId, clientSecret, dial = {} }: EcmEnrolment): Promise<string> {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`, 'utf8').toString('base64');
  const answer = await postToServer(new URL('/oauth2/token', url), dial, 'grant_type=client_credentials', {
    headers: {
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    what: 'the client id and secret',
  });
  return requiredText(asObject(answer, 'body'), 'access_token', 4096);
}
