import { expect } from 'vitest';
import type { Caller, TestAppliance } from './test-appliance.ts';

const BASE = '/api/config/v1';

/** An answer with its body read: parsed when it is JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at members by name; the contract check types the answer
  body: any;
}

export type Call = (
  method: string,
  path: string,
  json?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Calls of the configuration API by this caller; paths are below its base. */
export function configurationCalls(caller: Caller): Call {
  return async (method, path, json, headers = {}) => {
    const response = await caller(BASE + path, { method, headers, ...(json !== undefined && { json }) });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** Lifts the limits that a test with many calls in a second would meet. */
export async function liftRateLimits(appliance: Pick<TestAppliance, 'admin'>): Promise<void> {
  const { status } = await configurationCalls(appliance.admin)('PATCH', '/site-setting', {
    rate_limit_per_second: 10_000,
    rate_limit_per_hour: 1_000_000,
  });
  expect(status).toBe(200);
}
