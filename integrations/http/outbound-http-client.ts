import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import {
  type OutboundAnswer,
  OutboundFailure,
  type OutboundHttp,
  type OutboundRequest,
} from '../../appliance/outbound-http.ts';
import { chooseAddress } from './outbound-address.ts';

const MOST_HEADER_BYTES = 16 * 1024;

/** Calls out with node's own client, one connection for each call. */
export class OutboundHttpClient implements OutboundHttp {
  readonly #privateRanges: () => readonly string[];
  readonly #resolve: (hostname: string) => Promise<LookupAddress[]>;

  /** `privateRanges` is asked at every call. `resolve` is the resolver of the system unless a test says otherwise. */
  constructor(deps: {
    privateRanges: () => readonly string[];
    resolve?: (hostname: string) => Promise<LookupAddress[]>;
  }) {
    this.#privateRanges = deps.privateRanges;
    this.#resolve = deps.resolve ?? ((hostname) => lookup(hostname, { all: true }));
  }

  async send(request: OutboundRequest): Promise<OutboundAnswer> {
    const url = checkedUrl(request.url);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
    try {
      const address = await this.#addressOf(url, deadline.signal);
      return await exchange(request, url, address, deadline.signal);
    } catch (error) {
      if (deadline.signal.aborted) {
        throw new OutboundFailure(
          'timed_out',
          `${url.host} did not answer within ${request.timeoutMs / 1000} seconds.`,
        );
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #addressOf(url: URL, signal: AbortSignal): Promise<LookupAddress> {
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const family = isIP(hostname);
    if (family !== 0) {
      return chooseAddress(url.hostname, [{ address: hostname, family }], this.#privateRanges());
    }
    // A resolver cannot be interrupted; what it answers after the deadline is of no interest.
    const addresses = await Promise.race([this.#resolve(hostname), abortOf(signal)]).catch(
      (cause: unknown): never => {
        throw new OutboundFailure('unknown_host', `${hostname} has no address.`, cause);
      },
    );
    if (addresses.length === 0) throw new OutboundFailure('unknown_host', `${hostname} has no address.`);
    return chooseAddress(hostname, addresses, this.#privateRanges());
  }
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new OutboundFailure('bad_url', 'Only http and https addresses without a user name can be called.');
  }
  return url;
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The deadline passed.')), { once: true });
  });
}

/** The connection goes to `address`; name and certificate are those of the URL. */
async function exchange(
  request: OutboundRequest,
  url: URL,
  { address, family }: LookupAddress,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  const secure = url.protocol === 'https:';
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const call = (secure ? httpsRequest : httpRequest)({
    method: request.method,
    host: address,
    family,
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    headers: {
      ...request.headers,
      host: url.host,
      'accept-encoding': 'identity',
      connection: 'close',
      ...(body && { 'content-length': body.length }),
    },
    agent: false,
    maxHeaderSize: MOST_HEADER_BYTES,
    signal,
    ...(secure && {
      ...(isIP(hostname) === 0 && { servername: hostname }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(request.caCertificates && { ca: [...rootCertificates, request.caCertificates] }),
    }),
  });
  try {
    const answer = await answerOf(call, body);
    const status = answer.statusCode ?? 0;
    if (status >= 300 && status < 400) {
      throw new OutboundFailure(
        'redirected',
        `${url.host} sent the call elsewhere (status ${status}), and redirects are not followed.`,
      );
    }
    return {
      status,
      headers: headersOf(answer),
      body: await bodyOf(answer, request.maxAnswerBytes, url.host),
    };
  } catch (error) {
    throw error instanceof OutboundFailure ? error : failureOf(error, url.host);
  } finally {
    call.destroy();
  }
}

function answerOf(call: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once('response', resolve);
    // Stays: a connection that breaks while it is taken down must not end the process.
    call.on('error', reject);
    call.end(body);
  });
}

async function bodyOf(answer: IncomingMessage, limit: number, host: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      throw new OutboundFailure('too_large', `${host} answered with more than ${limit} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf(answer: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
}

const CERTIFICATE_PROBLEM = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL|EPROTO)/;

function failureOf(error: unknown, host: string): OutboundFailure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (CERTIFICATE_PROBLEM.test(code)) {
    return new OutboundFailure(
      'certificate_refused',
      `No secure connection to ${host}: its certificate is not trusted, or not for this name (${code}).`,
      error,
    );
  }
  return new OutboundFailure(
    'unreachable',
    `${host} could not be reached (${code || 'no reason given'}).`,
    error,
  );
}
