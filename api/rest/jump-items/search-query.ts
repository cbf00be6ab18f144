import { invalidField } from '../../../appliance/errors.ts';
import type { JumpItemKind } from '../../../appliance/jump/jump-item.ts';
import {
  type JumpItemSearchKey,
  type JumpItemSearchQuery,
  SEARCH_FIELDS,
  type SearchField,
  wordsOf,
} from '../../../appliance/jump/jump-item-search.ts';
import type { ContractRequest } from '../../contract/handlers.ts';

type SearchParameters = ContractRequest<'api.config.jump-item.export'>['query'];

/** The search that query parameters ask for. The contract has checked lists of words against its patterns. */
export function searchQueryOf(query: SearchParameters): JumpItemSearchQuery {
  return {
    words: wordsOf(query.search ?? ''),
    fields: query.fields === undefined ? SEARCH_FIELDS : (query.fields.split(',') as SearchField[]),
    kinds: query.type === undefined ? undefined : (query.type.split(',') as JumpItemKind[]),
    jumpGroupId: query.jump_group_id,
    jumpGroupType: query.jump_group_type,
    jumpointId: query.jumpoint_id,
    jumpPolicyId: query.jump_policy_id,
    tag: query.tag,
    status: query.status,
    sort: query.sort ?? 'name',
    order: query.order ?? 'asc',
  };
}

/** Where the next page starts as opaque text, bound to the sort it belongs to. */
export function toCursor(key: JumpItemSearchKey, { sort, order }: JumpItemSearchQuery): string {
  return Buffer.from(JSON.stringify([sort, order, key.value, key.id, key.total])).toString('base64url');
}

/** Fails with `invalid` for text that is no cursor of this sort. */
export function fromCursor(cursor: string, query: JumpItemSearchQuery): JumpItemSearchKey {
  const parts = parsed(cursor);
  const [sort, order, value, id, total] = parts;
  if (
    sort !== query.sort ||
    order !== query.order ||
    typeof value !== 'string' ||
    value.includes('\0') ||
    !isCount(id) ||
    !isCount(total)
  ) {
    throw invalidField('cursor', 'cursor is not one this search gave.');
  }
  return { value, id, total };
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 2_147_483_647;
}
