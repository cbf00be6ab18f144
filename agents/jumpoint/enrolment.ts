import { createPrivateKey } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { hostname } from 'node:os';
import { decodeEnrolmentToken, ENROL_PATH, type EnrolRequest, parseEnrolAnswer } from '../protocol.ts';
import { type IdentityStore, type JumpointIdentity, newKeys } from './identity-store.ts';
import { type ServerDial, serverRequestOptions } from './server-dial.ts';

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;

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
  const answer = parseEnrolAnswer(
    await post(new URL(ENROL_PATH, enrolment.url ?? token.url), enrolment.dial ?? {}, {
      token: token.token,
      identity_public_key: keys.identity.publicKey.toString('base64'),
      sealing_public_key: keys.sealing.publicKey.toString('base64'),
      hostname: hostname().slice(0, 255),
      version: enrolment.version,
    }),
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

function post(url: URL, dial: ServerDial, body: EnrolRequest): Promise<unknown> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const { headers, ...options } = serverRequestOptions(dial);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: false,
      timeout: TIMEOUT_MS,
      ...options,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (cause) =>
      reject(new Error(`The server at ${url.origin} cannot be reached: ${cause.message}.`, { cause })),
    );
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size > MAX_ANSWER_BYTES) request.destroy(new Error('its answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(enrolBody(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8')));
        } catch (cause) {
          reject(cause);
        }
      });
    });
    request.end(text);
  });
}

function enrolBody(status: number, text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`The server refused the enrolment with status ${status}.`);
  }
  if (status === 200 || status === 201) return body;
  const message = (body as { message?: unknown } | null)?.message;
  throw new Error(
    typeof message === 'string' ? message : `The server refused the enrolment with status ${status}.`,
  );
}
