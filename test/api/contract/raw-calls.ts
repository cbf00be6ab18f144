import { expect } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, type TestAppliance } from '../../support/test-appliance.ts';

// biome-ignore lint/suspicious/noExplicitAny: clients look at members by name
export type Json = any;

/** What came back, with its text as clients cut it up. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Json;
}

export interface RawCalls {
  /** Nothing is sent but what is given here. */
  send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer>;
  /** A token, asked for in one of the three ways in which clients hand over their secret. */
  token(way: 'basic' | 'form' | 'json'): Promise<string>;
}

/** Calls as existing clients make them, byte for byte. */
export function rawCalls(appliance: TestAppliance): RawCalls {
  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    const bytes = body === undefined ? null : new TextEncoder().encode(body);
    const response = await fetch(new URL(path, appliance.url), { method, headers, body: bytes });
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  }

  async function token(way: 'basic' | 'form' | 'json'): Promise<string> {
    const grant = { grant_type: 'client_credentials' };
    const secret = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const basic = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`;
    const answer =
      way === 'basic'
        ? await send(
            'POST',
            '/oauth2/token',
            { ...form, authorization: basic },
            `${new URLSearchParams(grant)}`,
          )
        : way === 'form'
          ? await send('POST', '/oauth2/token', form, `${new URLSearchParams({ ...grant, ...secret })}`)
          : await send(
              'POST',
              '/oauth2/token',
              { 'content-type': 'application/json' },
              JSON.stringify({ ...grant, ...secret }),
            );
    expect(answer.status, answer.text).toBe(200);
    return answer.json.access_token;
  }
  return { send, token };
}
