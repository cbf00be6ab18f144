import type { components } from '../api/generated/openapi.ts';
import { type Column, harmless } from './output.ts';
import type { Server } from './server.ts';

export type JumpItem = components['schemas']['JumpItemSummary'];
type SearchResult = components['schemas']['JumpItemSearchResult'];

export interface JumpItemSearch {
  search?: string | undefined;
  type?: string | undefined;
  tag?: string | undefined;
}

const PAGE = 500;

/** Up to `most` hits in the order of their names, and how many there are. */
export async function findJumpItems(
  server: Server,
  search: JumpItemSearch,
  most: number,
): Promise<{ items: JumpItem[]; total: number }> {
  const items: JumpItem[] = [];
  let cursor: string | undefined;
  let total = 0;
  do {
    const page: SearchResult = await server.call('GET', '/jump-item', {
      query: { ...search, limit: Math.min(PAGE, most - items.length), cursor },
    });
    items.push(...page.items);
    total = page.total;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && items.length < most);
  return { items, total };
}

export const JUMP_ITEM_COLUMNS: Column<JumpItem>[] = [
  { title: 'ID', of: (item) => item.id },
  { title: 'TYPE', of: (item) => item.type },
  { title: 'NAME', of: (item) => item.name },
  { title: 'HOST', of: (item) => item.hostname },
  { title: 'GROUP', of: (item) => item.group },
  { title: 'JUMPOINT', of: (item) => item.jumpoint },
  { title: 'STATUS', of: (item) => item.status },
  { title: 'TAG', of: (item) => item.tag },
];

/** One line to choose by. */
export function jumpItemLine(item: JumpItem): string {
  const target = [item.username, item.hostname].filter((part) => part !== '').join('@');
  return harmless(
    [`${item.name}  ${target}${item.port === null ? '' : `:${item.port}`}`, item.group, item.jumpoint]
      .filter((part) => part !== '')
      .join(' · '),
  );
}
