/** Where an account may be injected, in the order screens list the choices. */
export const ASSOCIATION_FILTERS = ['any_jump_items', 'no_jump_items', 'criteria'] as const;
export type AssociationFilter = (typeof ASSOCIATION_FILTERS)[number];

/** What of a Jump Item patterns are held against. */
export const PATTERN_LISTS = ['host', 'name', 'tag', 'comment'] as const;
export type PatternList = (typeof PATTERN_LISTS)[number];

export interface AssociatedJumpItem {
  id: number;
  kind: string;
}

/**
 * The Jump Items an account, or the accounts of a group, are for. With `criteria` those listed one by one, and those
 * that fit every list that is not empty; no list at all fits nothing. The lists say nothing with another filter.
 */
export interface AssociationRule {
  filterType: AssociationFilter;
  /** Any of them may own the item. */
  sharedJumpGroupIds: readonly number[];
  /** Patterns in the small letters of {@link folded}; any of a list may match. */
  host: readonly string[];
  name: readonly string[];
  tag: readonly string[];
  comment: readonly string[];
  /** Items listed one by one. */
  jumpItems: readonly AssociatedJumpItem[];
}

/** What a credential would be injected into. */
export interface AssociationTarget {
  /** As the hostname or IP column shows it. */
  hostname: string;
  /** Undefined for a target that is not saved: only its host can be told. */
  jumpItem:
    | {
        id: number;
        kind: string;
        /** Undefined for a personal Jump Item. */
        sharedJumpGroupId: number | undefined;
        name: string;
        tag: string;
        comments: string;
      }
    | undefined;
}

/** This kind of Jump Item is never one that accounts can be meant for: only `any_jump_items` includes it. */
export const UNASSOCIABLE_KIND = 'remote_jump';

/** Whether what is associated so may be injected into this target. The SQL form is in `schema/vault/association-sql.ts`. */
export function isAssociated(rule: AssociationRule, { hostname, jumpItem }: AssociationTarget): boolean {
  if (rule.filterType !== 'criteria') return rule.filterType === 'any_jump_items';
  if (jumpItem?.kind === UNASSOCIABLE_KIND) return false;
  if (jumpItem !== undefined && rule.jumpItems.some(({ id }) => id === jumpItem.id)) return true;
  if (!hasCriteria(rule)) return false;
  return (
    (rule.sharedJumpGroupIds.length === 0 ||
      (jumpItem?.sharedJumpGroupId !== undefined &&
        rule.sharedJumpGroupIds.includes(jumpItem.sharedJumpGroupId))) &&
    fits(rule.host, hostname) &&
    fits(rule.name, jumpItem?.name) &&
    fits(rule.tag, jumpItem?.tag) &&
    fits(rule.comment, jumpItem?.comments)
  );
}

function hasCriteria(rule: AssociationRule): boolean {
  return rule.sharedJumpGroupIds.length > 0 || PATTERN_LISTS.some((list) => rule[list].length > 0);
}

/** An empty list asks for nothing. What is not known fits no pattern. */
function fits(patterns: readonly string[], text: string | undefined): boolean {
  if (patterns.length === 0) return true;
  if (text === undefined) return false;
  const small = folded(text);
  return patterns.some((pattern) => matches(pattern, small));
}

function matches(pattern: string, text: string): boolean {
  const value = patternText(pattern);
  if (value === pattern) return text === value;
  if (!pattern.endsWith('*')) return text.endsWith(value);
  return pattern.startsWith('*') ? text.includes(value) : text.startsWith(value);
}

/** What the pattern asks for, without the `*` at its ends. */
export function patternText(pattern: string): string {
  return pattern.replace(/^\*/, '').replace(/\*$/, '');
}

/**
 * Small letters, one character for one, as the database makes them: `İ` is one `i`, and a sigma is not another letter
 * at the end of a word.
 */
export function folded(text: string): string {
  return Array.from(text, (character) => {
    const [small = character] = character.toLowerCase();
    return small;
  }).join('');
}
