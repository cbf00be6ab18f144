import type { CustomFetch } from 'openid-client';
import { OutboundFailure, type OutboundHttp } from '../../appliance/outbound-http.ts';

/** An id token with very many groups stays far below it. */
const MOST_ANSWER_BYTES = 512 * 1024;
/** Of every single call. */
export const CALL_TIMEOUT_MS = 10_000;

/** How one provider is called. */
export interface ProviderLink {
  issuer: string;
  caCertificates: string | undefined;
}

/**
 * What `fetch` is to the library: every call goes through the outbound rule. Plain HTTP is spoken on this machine alone,
 * and only when the issuer is there too.
 */
export function providerFetch(http: OutboundHttp, link: ProviderLink, timeoutMs: number): CustomFetch {
  return async (url, { method, headers, body }) => {
    if (!isCallable(url, link.issuer)) {
      throw new OutboundFailure('bad_url', `${url} is not called: a provider is reached by https.`);
    }
    const answer = await http.send({
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      headers,
      ...(method === 'POST' && { body: String(body ?? '') }),
      timeoutMs,
      maxAnswerBytes: MOST_ANSWER_BYTES,
      caCertificates: link.caCertificates,
    });
    const empty = answer.status === 204 || answer.status === 205;
    return new Response(empty ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  };
}

/** Whether an address of a provider may be called, or a browser sent there. */
export function isCallable(address: string, issuer: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (isPlainLoopback(url) && isPlainLoopback(new URL(issuer)));
}

function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
