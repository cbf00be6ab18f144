import type { Schema } from '../../shared/api.ts';

type Association = Schema<'AccountJumpItemAssociation'>;
export type ListedItem = Schema<'AccountInjectableJumpItem'>;

/** An association as a form holds it; the lists say nothing unless `filter_type` is `criteria`. */
export interface AssociationValues {
  /** `inherit`: as the group of the account says. */
  filter_type: Association['filter_type'] | 'inherit';
  shared_jump_groups: number[];
  host: string[];
  name: string[];
  tag: string[];
  comment: string[];
  jump_items: ListedItem[];
}

export const PATTERN_FIELDS = [
  { name: 'host', label: 'Hostname or IP' },
  { name: 'name', label: 'Name' },
  { name: 'tag', label: 'Tag' },
  { name: 'comment', label: 'Comments' },
] as const;

export const FILTER_LABELS: Record<AssociationValues['filter_type'], string> = {
  inherit: 'As the account group says',
  any_jump_items: 'Any Jump Item',
  no_jump_items: 'No Jump Item',
  criteria: 'Jump Items that fit these criteria',
};

const NO_LISTS = { shared_jump_groups: [], host: [], name: [], tag: [], comment: [], jump_items: [] };

/** The values of the form; undefined stands for an account that inherits. */
export function valuesOf(association: Association | undefined): AssociationValues {
  if (association === undefined) return { filter_type: 'inherit', ...NO_LISTS };
  const { filter_type, criteria, jump_items } = association;
  return {
    filter_type,
    shared_jump_groups: criteria?.shared_jump_groups ?? [],
    host: criteria?.host ?? [],
    name: criteria?.name ?? [],
    tag: criteria?.tag ?? [],
    comment: criteria?.comment ?? [],
    jump_items: jump_items ?? [],
  };
}

/** What the API is told; lists go along only with criteria, as it refuses them elsewhere. */
export function associationOf(values: AssociationValues): Association {
  const { filter_type, jump_items, ...criteria } = values;
  if (filter_type === 'inherit') throw new Error('An inherited association is not written.');
  return filter_type === 'criteria' ? { filter_type, criteria, jump_items } : { filter_type };
}
