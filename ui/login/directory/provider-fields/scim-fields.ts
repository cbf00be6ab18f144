import type { Choice } from '../../../shared/choices.ts';
import type { Field } from '../../../shared/record-form.tsx';
import { GROUPS, PEOPLE, type TypeForm, text } from './field-shapes.ts';

const signInBy = (signers: Choice[]): Field => ({
  name: 'sign_in_provider',
  label: 'Signed in by',
  kind: 'select',
  numeric: true,
  required: true,
  options: [{ value: '0', label: 'Nobody: these people cannot sign in' }, ...signers],
  help: 'The security provider where these people sign in.',
  ...PEOPLE,
});

const queries = (...names: string[]) => names.map((value) => ({ value, label: value }));

const SCIM: TypeForm = {
  fields: [
    { ...text('user_name', 'Attribute of the user name'), ...PEOPLE },
    { ...text('display_name', 'Attribute of the display name'), ...PEOPLE },
    { ...text('email', 'Attribute of the e-mail address'), ...PEOPLE },
    { ...text('unique_id_attribute_name', 'Attribute that identifies a user'), maxLength: 255, ...PEOPLE },
    {
      name: 'scim_user_query_id',
      label: 'People who sign in are found by',
      kind: 'select',
      required: true,
      options: queries('id', 'externalId', 'userName'),
      ...PEOPLE,
    },
    {
      name: 'scim_group_query_id',
      label: 'Group policies name groups by',
      kind: 'select',
      required: true,
      options: queries('id', 'externalId', 'displayName'),
      ...GROUPS,
    },
  ],
  defaults: {
    user_name: 'userName',
    display_name: 'displayName',
    email: 'emails',
    unique_id_attribute_name: 'externalId',
    scim_user_query_id: 'userName',
    scim_group_query_id: 'displayName',
    sign_in_provider: 0,
  },
};

/** `signers` are the providers that sign people in whom SCIM provisions. */
export const scimForm = (signers: Choice[]): TypeForm => ({
  ...SCIM,
  fields: [signInBy(signers), ...SCIM.fields],
});
