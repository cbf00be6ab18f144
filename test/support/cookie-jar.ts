import { request as plainRequest } from 'node:http';
import { request } from 'node:https';

export interface JarAnswer {
  url: string;
  status: number;
  headers: Headers;
  body: string;
}

/** Calls as one browser makes them: cookies are kept for each host and port, redirects are left to the caller. */
export class CookieJar {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #authority: string;

  /** `authority` is trusted beside the usual ones (PEM). */
  constructor(authority = '') {
    this.#authority = authority;
  }

  /** A form is posted; without one it is a GET. Headers come on top of the cookies. */
  async fetch(
    address: string,
    form?: URLSearchParams,
    headers: Record<string, string> = {},
  ): Promise<JarAnswer> {
    const body = form?.toString();
    return await this.send(address, body === undefined ? 'GET' : 'POST', body, {
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    });
  }

  async send(
    address: string,
    method: string,
    body: string | undefined,
    headers: Record<string, string> = {},
  ): Promise<JarAnswer> {
    const url = new URL(address);
    const cookies = this.#cookies.get(url.host) ?? new Map<string, string>();
    this.#cookies.set(url.host, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const secure = url.protocol === 'https:';
    return await new Promise((resolve, reject) => {
      const call = (secure ? request : plainRequest)(
        url,
        {
          method,
          agent: false,
          headers: { ...headers, ...(cookie !== '' && { cookie }) },
          ...(secure && this.#authority !== '' && { ca: this.#authority }),
        },
        async (answer) => {
          let text = '';
          for await (const chunk of answer) text += chunk;
          for (const line of answer.headers['set-cookie'] ?? []) keep(cookies, line);
          const pairs = Object.entries(answer.headers).map(([name, value]): [string, string] => [
            name,
            [value ?? ''].flat().join(', '),
          ]);
          resolve({ url: address, status: answer.statusCode ?? 0, headers: new Headers(pairs), body: text });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const [name = '', ...value] = pair.split('=');
  const gone = attributes.some((attribute) => {
    const [key = '', when = ''] = attribute.trim().split('=');
    return (
      (/^expires$/i.test(key) && Date.parse(when) < Date.now()) ||
      (/^max-age$/i.test(key) && Number(when) <= 0)
    );
  });
  if (gone) cookies.delete(name.trim());
  else cookies.set(name.trim(), value.join('='));
}
