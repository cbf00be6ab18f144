import type { Choice } from '../../../shared/choices.ts';
import type { Field, FormValues } from '../../../shared/record-form.tsx';

/** What one type of security provider has beside a name, with the values a new one begins with. */
export interface TypeForm {
  fields: Field[];
  defaults: FormValues;
}

export const CONNECTION = { section: 'Connection' };
export const PEOPLE = { section: 'Users' };
export const GROUPS = { section: 'Groups' };

export const SYNC: Field = {
  name: 'sync_display_name',
  label: 'Take over display names at every sign-in',
  kind: 'checkbox',
  ...PEOPLE,
};

export const OWN_FACTOR: Field = {
  name: 'require_second_factor',
  label: 'Ask for a second factor here as well',
  kind: 'checkbox',
  help: 'Otherwise the provider is trusted to have asked for one.',
  ...PEOPLE,
};

export const lookup = (providers: Choice[]): Field => ({
  name: 'external_lookup',
  label: 'Groups are looked up in',
  kind: 'choices',
  numeric: true,
  options: providers,
  help: 'LDAP providers that look up groups.',
  ...GROUPS,
});

export const list = (name: string, label: string, help?: string): Field => ({
  name,
  label,
  kind: 'list',
  help: help ?? 'Press Enter after each.',
});
export const text = (name: string, label: string, help?: string): Field => ({
  name,
  label,
  kind: 'text',
  help,
  maxLength: 1024,
});
export const flag = (name: string, label: string, help?: string): Field => ({
  name,
  label,
  kind: 'checkbox',
  help,
});
export const pem = (name: string, label: string, help: string): Field => ({
  name,
  label,
  kind: 'textarea',
  help,
});
