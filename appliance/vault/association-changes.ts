import { invalidField } from '../errors.ts';
import {
  type AssociatedJumpItem,
  type AssociationFilter,
  type AssociationRule,
  folded,
  PATTERN_LISTS,
  patternText,
} from './association-rule.ts';

/** Each list that is there replaces that list. */
export interface CriteriaInput {
  sharedJumpGroupIds?: readonly number[] | undefined;
  host?: readonly string[] | undefined;
  name?: readonly string[] | undefined;
  tag?: readonly string[] | undefined;
  comment?: readonly string[] | undefined;
}

export interface AssociationInput {
  filterType?: AssociationFilter | undefined;
  criteria?: CriteriaInput | undefined;
  jumpItems?: readonly AssociatedJumpItem[] | undefined;
}

export const MOST_PATTERNS = 32;
export const LONGEST_PATTERN = 64;

/** For which nothing but `any_jump_items` and `no_jump_items` says something. */
const NO_LISTS = { sharedJumpGroupIds: [], host: [], name: [], tag: [], comment: [], jumpItems: [] };

export const ANY_JUMP_ITEMS: AssociationRule = { filterType: 'any_jump_items', ...NO_LISTS };

/**
 * The association after the change. Without `criteria` as its filter it has no lists, whatever was given. Fails with
 * `invalid` naming the list that a pattern is wrong in.
 */
export function changedAssociation(before: AssociationRule, input: AssociationInput): AssociationRule {
  const filterType = input.filterType ?? before.filterType;
  if (filterType !== 'criteria') return { filterType, ...NO_LISTS };
  const { sharedJumpGroupIds, ...patterns } = input.criteria ?? {};
  const after: AssociationRule = {
    filterType,
    sharedJumpGroupIds: unique(sharedJumpGroupIds ?? before.sharedJumpGroupIds),
    host: before.host,
    name: before.name,
    tag: before.tag,
    comment: before.comment,
    jumpItems: byId(input.jumpItems ?? before.jumpItems),
  };
  for (const list of PATTERN_LISTS) {
    const given = patterns[list];
    if (given !== undefined) Object.assign(after, { [list]: checkedPatterns(list, given) });
  }
  return after;
}

/** Small letters, each once, in the order given. */
function checkedPatterns(list: string, patterns: readonly string[]): string[] {
  const field = `criteria.${list}`;
  const kept = [...new Set(patterns.map(folded))];
  if (kept.length > MOST_PATTERNS)
    throw invalidField(field, `${field} may have at most ${MOST_PATTERNS} patterns.`);
  for (const pattern of kept) {
    if (Array.from(pattern).length > LONGEST_PATTERN) {
      throw invalidField(field, `A pattern of ${field} may have at most ${LONGEST_PATTERN} characters.`);
    }
    const text = patternText(pattern);
    if (text === '' || text.includes('*')) {
      throw invalidField(
        field,
        `A pattern of ${field} must be a text with * at its start, its end or both, and nowhere else.`,
      );
    }
  }
  return kept;
}

function unique(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}

function byId(items: readonly AssociatedJumpItem[]): AssociatedJumpItem[] {
  return [...new Map(items.map((item) => [item.id, item])).values()].sort((a, b) => a.id - b.id);
}
