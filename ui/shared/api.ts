/** Thin access to the configuration API. A screen can do nothing that a script with the same rights could not. */

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

export type Query = Record<string, string | number | boolean | undefined | null>;

/** `?a=1&b=2` without the parameters that are not set. */
export function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** Called when the API says that nobody is signed in any more. */
let onSignedOut: () => void = () => {};
export function whenSignedOut(action: () => void): void {
  onSignedOut = action;
}

export interface CallOptions {
  query?: Query;
  json?: unknown;
  body?: BodyInit;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Calls the API and throws {@link ApiError} for every answer that is not a success. */
export async function request(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  if (options.json !== undefined) headers['content-type'] = 'application/json';
  else if (options.contentType !== undefined) headers['content-type'] = options.contentType;
  let answer: Response;
  try {
    answer = await fetch(`${API}${path}${queryString(options.query)}`, {
      method,
      headers,
      body: options.json === undefined ? (options.body ?? null) : JSON.stringify(options.json),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, { message: 'The server cannot be reached. Check your connection and try again.' });
  }
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (answer.status === 401 && body.error === 'access_denied') onSignedOut();
  throw new ApiError(answer.status, body);
}

/** The JSON of an answer; undefined for an empty one. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const answer = await request(method, path, options);
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export interface Page<T> {
  items: T[];
  total: number;
  lastPage: number;
}

/** One numbered page of a published list. */
export async function page<T>(path: string, query: Query, signal?: AbortSignal): Promise<Page<T>> {
  const answer = await request('GET', path, { query, ...(signal === undefined ? {} : { signal }) });
  const items = (await answer.json()) as T[];
  return {
    items,
    total: Number(answer.headers.get('x-bt-pagination-total') ?? items.length),
    lastPage: Number(answer.headers.get('x-bt-pagination-last-page') ?? 1),
  };
}

/** Every entry of a short list (groups, Jumpoints, policies, roles) for a choice, page by page. */
export async function all<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  for (let current = 1; ; current++) {
    const part = await page<T>(path, { per_page: 100, current_page: current }, signal);
    items.push(...part.items);
    if (current >= part.lastPage || part.items.length === 0) return items;
  }
}
