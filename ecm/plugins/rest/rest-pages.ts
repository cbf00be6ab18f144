import type { FindOptions, SessionContext } from '../../sdk/plugin.ts';
import { pathSegment } from '../http.ts';
import { fillTemplate } from '../session-templates.ts';
import type { RestClient } from './rest-client.ts';
import { type Item, itemsAt } from './rest-mapping.ts';

const MOST_PAGES = 100;
const PAGE = 200;

export interface PagedSearch {
  /** May name {search}, {limit} and {offset} beside what is known of the session. */
  path: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** JSON pointer to the list or object in an answer, and the setting that says so. */
  items: string;
  itemsSetting: string;
}

/** What a store answers to a search: page by page where the path names an {offset}, until there are enough. */
export async function searchedItems(
  client: RestClient,
  asked: PagedSearch,
  session: SessionContext,
  { search, limit, signal }: FindOptions,
): Promise<Item[]> {
  const paged = asked.path.includes('{offset}');
  const found: Item[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const path = searchPath(asked.path, session, search, limit, found.length);
    const answer = path && (await client.ask({ method: asked.method, path, signal }));
    const items = answer ? itemsAt(answer.document, asked.items, asked.itemsSetting) : [];
    found.push(...items);
    if (!paged || items.length === 0 || found.length >= limit) break;
  }
  return found;
}

/** An empty search is a value too, unlike an empty host name. */
function searchPath(
  template: string,
  session: SessionContext,
  search: string,
  limit: number,
  offset: number,
): string | undefined {
  const own: Record<string, string> = {
    search,
    limit: String(Math.min(limit, PAGE)),
    offset: String(offset),
  };
  const rest = template.replace(/\{(search|limit|offset)\}/g, (_braces, name: string) =>
    encodeURIComponent(own[name] as string),
  );
  return fillTemplate(rest, session, pathSegment);
}
