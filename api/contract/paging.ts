import type { Request, Response } from 'express';

export const DEFAULT_PER_PAGE = 100;
const LARGEST_PER_PAGE = 100;

/** One numbered page of a list. `page` counts from 1. */
export interface NumberedPage {
  perPage: number;
  page: number;
  /** For SQL: `limit` and `offset`. */
  limit: number;
  offset: number;
}

/** Calls that this process makes of itself ask for more at once: `{ [INNER_PAGE]: { limit, offset } }` as the query. */
export const INNER_PAGE = Symbol('inner page');

/** The page that `per_page` and `current_page` (already clamped by the contract check) ask for. */
export function pageOf(query: {
  per_page?: unknown;
  current_page?: unknown;
  [INNER_PAGE]?: { limit: number; offset: number };
}): NumberedPage {
  const inner = query[INNER_PAGE];
  if (inner !== undefined) {
    return { perPage: inner.limit, page: Math.floor(inner.offset / inner.limit) + 1, ...inner };
  }
  const perPage = Math.min(numberOr(query.per_page, DEFAULT_PER_PAGE), LARGEST_PER_PAGE);
  const page = numberOr(query.current_page, 1);
  return { perPage, page, limit: perPage, offset: (page - 1) * perPage };
}

/**
 * Answers a numbered page: the items as a bare array, paging headers on every answer. The last page is at least 1,
 * or clients that loop until they reach it would never end on an empty list. For the same reason the current page is
 * never reported as more than the last one: a list may get shorter while somebody walks it. What is past the end is
 * empty all the same, because other clients loop until they get nothing.
 */
export function sendPage(req: AnyRequest, res: Response, list: { items: unknown[]; total: number }): void {
  const { perPage, page } = pageOf(req.query as Record<string, unknown>);
  const last = Math.max(1, Math.ceil(list.total / perPage));
  const url = (number: number) =>
    urlWith(req, res, { per_page: String(perPage), current_page: String(number) });
  const links = [`<${url(1)}>; rel="first"`];
  if (page > 1) links.push(`<${url(Math.min(page - 1, last))}>; rel="previous"`);
  if (page < last) links.push(`<${url(page + 1)}>; rel="next"`);
  links.push(`<${url(last)}>; rel="last"`);
  res.setHeader('Link', links.join(', '));
  res.setHeader('X-BT-Pagination-Current-Page', String(Math.min(page, last)));
  res.setHeader('X-BT-Pagination-Last-Page', String(last));
  res.setHeader('X-BT-Pagination-Per-Page', String(perPage));
  res.setHeader('X-BT-Pagination-Total', String(list.total));
  res.json(list.items);
}

/** Answers 201 with the new object and where it is; `path` is below the base path, e.g. `/jump-group/7`. */
export function sendCreated(res: Response, path: string, body: unknown): void {
  res.status(201).location(absolute(res, path)).json(body);
}

type AnyRequest = Pick<Request<never, unknown, never, never>, 'originalUrl'> & { query: unknown };

function absolute(res: Response, path: string): string {
  return `${String(res.locals.publicUrl ?? '')}${String(res.locals.basePath ?? '')}${path}`;
}

function urlWith(req: AnyRequest, res: Response, change: Record<string, string>): string {
  const [path = '', search = ''] = req.originalUrl.split('?', 2);
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) query.set(name, value);
  const text = query.toString();
  return `${String(res.locals.publicUrl ?? '')}${path}${text === '' ? '' : `?${text}`}`;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : fallback;
}
