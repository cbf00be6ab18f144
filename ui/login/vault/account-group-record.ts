import type { Choice } from '../../shared/choices.ts';
import { DESCRIPTION, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import type { Field } from '../../shared/record-form.tsx';

export type AccountGroup = EntryOf<'/vault/account-group'>;

export const GROUPS = plainResource('/vault/account-group');

/** Holds the accounts that are in no other group; it cannot be deleted. */
export const DEFAULT_GROUP_ID = 1;

export function groupFields(policies: Choice[]): Field[] {
  return [
    NAME,
    DESCRIPTION,
    {
      name: 'account_policy',
      label: 'Account policy',
      kind: 'select',
      options: policies,
      help: 'Of its accounts that have none of their own. The default one when blank.',
    },
  ];
}
