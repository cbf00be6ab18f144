import type { Choice } from '../../../shared/choices.ts';
import { CONNECTION, flag, list, lookup, PEOPLE, SYNC, type TypeForm, text } from './field-shapes.ts';

const KERBEROS: TypeForm = {
  fields: [
    { name: 'keytab', label: 'Keytab (Base64)', kind: 'secret', multiline: true, ...CONNECTION },
    { ...flag('spn_mode', 'Accept only some service names'), ...CONNECTION },
    {
      ...list('allowed_spns', 'Service names (SPN)'),
      when: (values) => values.spn_mode === true,
      ...CONNECTION,
    },
    { ...flag('strip_realm', 'Leave the realm out of user names'), ...PEOPLE },
    {
      name: 'user_mode',
      label: 'Who may sign in',
      kind: 'select',
      numeric: true,
      required: true,
      options: [
        { value: '0', label: 'Everybody' },
        { value: '1', label: 'Only the users below' },
        { value: '2', label: 'Whoever matches a pattern' },
      ],
      ...PEOPLE,
    },
    { ...list('allowed_users', 'Users'), when: (values) => values.user_mode === 1, ...PEOPLE },
    {
      ...text('allowed_users_regex', 'Pattern', 'A regular expression.'),
      when: (values) => values.user_mode === 2,
      ...PEOPLE,
    },
  ],
  defaults: {
    spn_mode: false,
    allowed_spns: [],
    strip_realm: false,
    user_mode: 0,
    allowed_users: [],
    allowed_users_regex: '',
  },
};

/** `providers` are the LDAP providers that look up groups. */
export const kerberosForm = (providers: Choice[]): TypeForm => ({
  fields: [...KERBEROS.fields, SYNC, lookup(providers)],
  defaults: { ...KERBEROS.defaults, external_lookup: [], sync_display_name: true },
});
