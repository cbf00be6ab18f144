import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ServerDial, serverRequestOptions } from './server-dial.ts';

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface PostOptions {
  headers?: Record<string, string>;
  /** What is being done, for the sentence about an answer that says nothing else, e.g. `the enrolment`. */
  what: string;
}

/**
 * Sends one text to the server and answers the JSON of a good answer. Fails with a sentence for people: the server's own
 * where it has one.
 */
export function postToServer(
  url: URL,
  dial: ServerDial,
  text: string,
  { headers: own = {}, what }: PostOptions,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { headers, ...options } = serverRequestOptions(dial);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: false,
      timeout: TIMEOUT_MS,
      ...options,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        ...headers,
        ...own,
      },
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
          resolve(goodBody(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8'), what));
        } catch (cause) {
          reject(cause);
        }
      });
    });
    request.end(text);
  });
}

function goodBody(status: number, text: string, what: string): unknown {
  const refusal = `The server refused ${what} with status ${status}.`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(refusal);
  }
  if (status === 200 || status === 201) return body;
  const message = (body as { message?: unknown } | null)?.message;
  throw new Error(typeof message === 'string' ? message : refusal);
}
