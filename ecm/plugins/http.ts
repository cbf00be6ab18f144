import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { PluginError } from '../sdk/plugin.ts';
import type { SettingsSchema } from '../sdk/settings.ts';

const MIB = 1024 * 1024;

/** The settings that every store reached by HTTP has; spread into a plug-in's own. */
export const HTTP_SETTINGS = {
  url: { type: 'url', description: 'Address of the store, e.g. https://store.example.com:8200.' },
  ca_file: {
    type: 'path',
    optional: true,
    description:
      "PEM file of the authorities that sign the store's certificate; else those that Node.js knows.",
  },
  timeout_seconds: {
    type: 'whole',
    default: 8,
    least: 1,
    most: 120,
    description: 'For one request to the store.',
  },
  plain_http: {
    type: 'flag',
    default: false,
    description: 'Allow http:// to another machine. Secrets and tokens are readable on the way then.',
  },
} as const satisfies SettingsSchema;

export interface HttpOptions {
  /** What people call it in the middle of a sentence, e.g. `Vault` or `the store`. */
  store: string;
  settings: {
    readonly url: string;
    readonly ca_file: string | undefined;
    readonly timeout_seconds: number;
    readonly plain_http: boolean;
  };
  /** The client certificate and its key, files in PEM. */
  certificate?: { file: string; keyFile: string; passphrase: string | undefined };
  mostBytes?: number;
}

export interface HttpRequest {
  method: string;
  /** Below the store's address; begins with a slash, every segment encoded. */
  path: string;
  query?: readonly (readonly [name: string, value: string])[];
  headers?: Readonly<Record<string, string>>;
  json?: unknown;
  form?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  text: string;
}

/** Asks a store. Fails with `PluginError` `unavailable` or `misconfigured`; an answer of any status but 3xx is no failure. */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * A new connection for every request, certificates always checked, no proxies, no redirects, no compression, one time
 * limit from the first byte to the last, and answers of at most 8 MiB.
 */
export function httpClient(options: HttpOptions): HttpClient {
  const base = baseOf(options);
  const agent = base.protocol === 'https:' ? new Agent(tlsOptionsOf(options)) : undefined;
  return (request) => exchange(options, base, agent, request);
}

async function exchange(
  { store, settings, mostBytes = 8 * MIB }: HttpOptions,
  base: URL,
  agent: Agent | undefined,
  { method, path, query = [], headers = {}, json, form, signal }: HttpRequest,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(settings.timeout_seconds * 1000);
  const body = json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form).toString();
  const type = json !== undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const options = {
    method,
    path: `${base.pathname.replace(/\/+$/, '')}${path}${queryOf(query)}`,
    hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: base.port,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
    signal: AbortSignal.any([signal, timeout]),
  };
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const sent = agent === undefined ? plainRequest(options) : tlsRequest({ ...options, agent });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const { statusCode: status = 0, headers: got } = response;
        if (status >= 300 && status < 400) {
          response.destroy();
          reject(
            refusal(
              'misconfigured',
              `${begun(store)} sends requests elsewhere (status ${status}); give its final address.`,
            ),
          );
        } else if ((got['content-encoding'] ?? 'identity') !== 'identity') {
          response.destroy();
          reject(
            refusal('unavailable', `${begun(store)} answered in a compressed form that nobody asked for.`),
          );
        } else {
          textOf(response, mostBytes, store).then((text) => resolve({ status, text }), reject);
        }
      });
      sent.end(body);
    });
  } catch (error) {
    if (error instanceof PluginError) throw error;
    signal.throwIfAborted();
    if (timeout.aborted) {
      throw refusal(
        'unavailable',
        `${begun(store)} did not answer within ${settings.timeout_seconds} seconds.`,
        error,
      );
    }
    throw connectionFailure(store, error);
  }
}

async function textOf(response: Readable, most: number, store: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most)
      throw refusal('unavailable', `${begun(store)} answered with more than ${most / MIB} MiB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Spaces as %20: not every store reads a plus sign as one. */
function queryOf(query: readonly (readonly [string, string])[]): string {
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** One segment of a path, whatever its characters; no way to another one. */
export function pathSegment(value: string): string {
  if (/^\.{0,2}$/.test(value)) {
    throw new PluginError('not_found', 'A name that is empty or of dots alone names nothing in the store.');
  }
  return encodeURIComponent(value);
}

/** The JSON of an answer. */
export function jsonOf({ text }: HttpAnswer, store: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not the cause: its message quotes the text, and that may be a secret.
    throw refusal('unavailable', `${begun(store)} answered with something that is not JSON.`);
  }
}

/** At the begin of a sentence. */
export function begun(store: string): string {
  return `${store.charAt(0).toUpperCase()}${store.slice(1)}`;
}

/** Whether a value of an answer is an object, so that its members may be asked for. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function baseOf({ store, settings }: HttpOptions): URL {
  const url = new URL(settings.url);
  if (url.search !== '' || url.hash !== '') {
    throw refusal('misconfigured', `The address of ${store} must end with its path.`);
  }
  if (url.protocol === 'http:' && !settings.plain_http && !isLoopback(url.hostname)) {
    throw refusal('misconfigured', `The address of ${store} is http://; set plain_http to allow that.`);
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function tlsOptionsOf({ store, settings, certificate }: HttpOptions) {
  return {
    keepAlive: false,
    minVersion: 'TLSv1.2' as const,
    ...(settings.ca_file === undefined ? {} : { ca: pem(settings.ca_file, `authorities of ${store}`) }),
    ...(certificate === undefined
      ? {}
      : {
          cert: pem(certificate.file, 'client certificate'),
          key: pem(certificate.keyFile, 'key of the client certificate'),
          ...(certificate.passphrase === undefined ? {} : { passphrase: certificate.passphrase }),
        }),
  };
}

function pem(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refusal('misconfigured', `The file of the ${what} cannot be read: ${code}.`, error);
  }
}

const UNTRUSTED =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/;
const NO_HANDSHAKE = /^(EPROTO|ERR_SSL_|ERR_TLS_|ERR_OSSL_)/;

function connectionFailure(store: string, cause: unknown): PluginError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (code === 'CERT_HAS_EXPIRED')
    return refusal('misconfigured', `The certificate of ${store} has expired.`, cause);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return refusal(
      'misconfigured',
      `The certificate of ${store} is for another name than its address has.`,
      cause,
    );
  }
  if (UNTRUSTED.test(code)) {
    return refusal(
      'misconfigured',
      `The certificate of ${store} is not trusted (${code}); see ca_file.`,
      cause,
    );
  }
  if (NO_HANDSHAKE.test(code)) {
    return refusal('misconfigured', `No secure connection to ${store} came about (${code}).`, cause);
  }
  const why =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? 'its name is not known'
      : code === 'ECONNREFUSED'
        ? 'nothing listens there'
        : code || 'the connection broke';
  return refusal('unavailable', `${begun(store)} cannot be reached: ${why}.`, cause);
}

function refusal(code: 'unavailable' | 'misconfigured', message: string, cause?: unknown): PluginError {
  return new PluginError(code, message, cause === undefined ? {} : { cause });
}
