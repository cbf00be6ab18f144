import type { Field } from '../shared/record-form.tsx';

/** What an account is beside what it may do. */
export const ACCOUNT_FIELDS: Field[] = [
  { name: 'username', label: 'Username', kind: 'text', required: true, maxLength: 64 },
  {
    name: 'public_display_name',
    label: 'Public display name',
    kind: 'text',
    required: true,
    maxLength: 64,
    help: 'What customers see.',
  },
  {
    name: 'private_display_name',
    label: 'Private display name',
    kind: 'text',
    required: true,
    maxLength: 64,
    help: 'What other representatives see.',
  },
  { name: 'email_address', label: 'E-mail', kind: 'text', maxLength: 255 },
  {
    name: 'preferred_email_language',
    label: 'Language of e-mails',
    kind: 'text',
    maxLength: 10,
    help: 'Such as en-us or de.',
  },
  {
    name: 'display_number',
    label: 'Display number',
    kind: 'number',
    min: 1,
    help: 'Place in the public list of representatives.',
  },
  { name: 'enabled', label: 'Enabled', kind: 'checkbox', help: 'Whoever is not cannot sign in.' },
];
