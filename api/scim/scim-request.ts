import type { Request } from 'express';
import { isObject } from '../../appliance/directory/scim-document.ts';
import { parseScimFilter } from '../../appliance/directory/scim-filter.ts';
import type { ScimPatchOperation } from '../../appliance/directory/scim-patch.ts';
import { scimProblem } from '../../appliance/directory/scim-problem.ts';
import type { ScimQuery } from '../../appliance/directory/scim-user.ts';
import type { WantedRevisions } from '../../appliance/revision.ts';

/** Resources of a page when nothing is said, and at most. */
export const USUAL_COUNT = 100;
export const MOST_COUNT = 500;
const MOST_PATCH_OPERATIONS = 1000;
const DEEPEST_START = 2_147_483_647;

/** A question for resources, by query string or `/.search` (RFC 7644, sections 3.4.2 and 3.4.3). */
export interface ScimQuestion {
  query: ScimQuery;
  startIndex: number;
  attributes: string[];
  excludedAttributes: string[];
}

export function questionOfUrl(req: Request): ScimQuestion {
  return questionOf(req.query);
}

/** Names of a body are found in any case, as attribute names are. */
export function questionOf(source: Record<string, unknown>): ScimQuestion {
  const given = new Map(Object.entries(source).map(([name, value]) => [name.toLowerCase(), value]));
  const filter = textOf(given, 'filter');
  const sortBy = textOf(given, 'sortBy');
  const sortOrder = (textOf(given, 'sortOrder') ?? 'ascending').toLowerCase();
  if (sortOrder !== 'ascending' && sortOrder !== 'descending') {
    throw scimProblem('invalidValue', 'sortOrder is ascending or descending.');
  }
  // Below 1 means 1, and a negative count 0 (RFC 7644, table 6).
  const startIndex = Math.min(Math.max(integerOf(given, 'startIndex') ?? 1, 1), DEEPEST_START);
  const count = Math.max(integerOf(given, 'count') ?? USUAL_COUNT, 0);
  return {
    query: {
      filter: filter === undefined || filter.trim() === '' ? undefined : parseScimFilter(filter),
      sort: sortBy === undefined ? undefined : { by: sortBy, descending: sortOrder === 'descending' },
      offset: startIndex - 1,
      limit: Math.min(count, MOST_COUNT),
    },
    startIndex,
    attributes: namesOf(given, 'attributes'),
    excludedAttributes: namesOf(given, 'excludedAttributes'),
  };
}

function textOf(given: Map<string, unknown>, name: string): string | undefined {
  const value = given.get(name.toLowerCase());
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw scimProblem('invalidValue', `${name} should be one text.`);
  return value;
}

function integerOf(given: Map<string, unknown>, name: string): number | undefined {
  const value = given.get(name.toLowerCase());
  if (value === undefined || value === null || value === '') return undefined;
  if (!/^-?\d{1,15}$/.test(String(value)))
    throw scimProblem('invalidValue', `${name} should be a whole number.`);
  return Number(value);
}

/** Separated by commas, several times, or as an array. */
function namesOf(given: Map<string, unknown>, name: string): string[] {
  const value = given.get(name.toLowerCase());
  const texts = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return texts
    .flatMap((text) => String(text).split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

const OPS = ['add', 'replace', 'remove'] as const;

/** Operations of a PATCH; `op` in any case. */
export function patchOperationsOf(body: unknown): ScimPatchOperation[] {
  const operations = memberOf(body, 'Operations');
  if (!Array.isArray(operations) || operations.length === 0) {
    throw scimProblem('invalidSyntax', 'Operations should be a list of at least one operation.');
  }
  if (operations.length > MOST_PATCH_OPERATIONS) {
    throw scimProblem('tooMany', `A PATCH has at most ${MOST_PATCH_OPERATIONS} operations.`);
  }
  return operations.map((one: unknown, place) => {
    const name = memberOf(one, 'op');
    const op = OPS.find((known) => typeof name === 'string' && known === name.toLowerCase());
    if (op === undefined) {
      throw scimProblem('invalidSyntax', `Operations[${place}].op should be one of ${OPS.join(', ')}.`);
    }
    const path = memberOf(one, 'path');
    if (path !== undefined && path !== null && typeof path !== 'string') {
      throw scimProblem('invalidPath', `Operations[${place}].path should be text.`);
    }
    return { op, path: path ?? undefined, value: memberOf(one, 'value') };
  });
}

/** A member by its name in any case. */
export function memberOf(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  const wanted = name.toLowerCase();
  return Object.entries(value).find(([one]) => one.toLowerCase() === wanted)?.[1];
}

/**
 * The revisions that `If-Match`, or the `version` of an operation of a bulk request, allows. Tags that are not ours match
 * nothing.
 */
export function revisionsOf(tags: unknown): WantedRevisions {
  if (typeof tags !== 'string' || tags.trim() === '' || tags.trim() === '*') return undefined;
  return tags.split(',').flatMap((tag) => {
    const [, digits] = /^\s*(?:W\/)?"(\d{1,9})"\s*$/.exec(tag) ?? [];
    return digits === undefined ? [] : [Number(digits)];
  });
}

/** Whether `If-None-Match` names the version the caller has already. */
export function isUnchanged(req: Request, { revision }: { revision: number }): boolean {
  const tags = req.headers['if-none-match'];
  if (tags === undefined) return false;
  return tags.trim() === '*' || (revisionsOf(tags)?.includes(revision) ?? false);
}
