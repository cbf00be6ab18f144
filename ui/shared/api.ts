import createClient from 'openapi-fetch';
import type { components, paths } from '../../api/generated/openapi.ts';

/** The shapes of the contract by name, e.g. `Schema<'JumpGroup'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

export const API = '/api/config/v1';

/** A refusal of the API in its own words; `fields` maps field names to sentences. */
export class ApiError extends Error {
  readonly status: number;
  readonly fields: Record<string, string[]>;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body.message === 'string' ? body.message : `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
    this.fields = (body.errors as Record<string, string[]> | undefined) ?? {};
  }
}

/** Called when the API says that nobody is signed in any more. */
let onSignedOut: () => void = () => {};
export function whenSignedOut(action: () => void): void {
  onSignedOut = action;
}

/**
 * The client generated from the contract: a screen can do nothing that a script with the same rights could not.
 * Wrap calls in {@link ok} or {@link pageOf}, which throw {@link ApiError} for every answer that is no success.
 */
export const client = createClient<paths>({ baseUrl: API, fetch: reachable });

async function reachable(input: Request): Promise<Response> {
  try {
    return await fetch(input);
  } catch (error) {
    if (input.signal.aborted) throw error;
    throw new ApiError(0, { message: 'The server cannot be reached. Check your connection and try again.' });
  }
}

/** What one call of the generated client resolves to. */
export type Answered<T> = { data?: T | undefined; error?: unknown; response: Response };

/** The body of a successful answer. */
export async function ok<T>(answer: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw refusal(response, error);
  return data as T;
}

/** A record as it was read. Changes that send its `ifMatch` are refused when somebody else was quicker. */
export interface Read<T> {
  value: T;
  ifMatch: { 'If-Match'?: string };
}

/** The body of a successful answer together with its revision. */
export async function readOf<T>(answer: Promise<Answered<T>>): Promise<Read<T>> {
  const value = await ok(answer);
  const etag = (await answer).response.headers.get('etag');
  return { value, ifMatch: etag === null ? {} : { 'If-Match': etag } };
}

export interface NumberedPage<T> {
  items: T[];
  total: number;
  lastPage: number;
}

/** One numbered page of a published list. */
export async function pageOf<T>(answer: Promise<Answered<T[]>>): Promise<NumberedPage<T>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw refusal(response, error);
  const items = data ?? [];
  return {
    items,
    total: Number(response.headers.get('x-bt-pagination-total') ?? items.length),
    lastPage: Number(response.headers.get('x-bt-pagination-last-page') ?? 1),
  };
}

/** Every entry of a list that is offered as a choice (groups, Jumpoints, policies, roles), page by page. */
export async function everyPage<T>(get: (page: number) => Promise<Answered<T[]>>): Promise<T[]> {
  const items: T[] = [];
  for (let current = 1; ; current++) {
    const part = await pageOf(get(current));
    items.push(...part.items);
    if (current >= part.lastPage || part.items.length === 0) return items;
  }
}

/** For bodies and answers that are not JSON: uploads, downloads, recordings. */
export async function raw(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await reachable(new Request(`${API}${path}`, init));
  if (!response.ok) throw refusal(response, await response.json().catch(() => ({})));
  return response;
}

function refusal(response: Response, error: unknown): ApiError {
  const body = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (response.status === 401 && body.error === 'access_denied') onSignedOut();
  return new ApiError(response.status, body);
}
