import type { Choice } from '../../../shared/choices.ts';
import { CONNECTION, list, lookup, PEOPLE, SYNC, type TypeForm, text } from './field-shapes.ts';

const RADIUS: TypeForm = {
  fields: [
    { ...text('hostname', 'Hostname'), required: true, ...CONNECTION },
    { name: 'port', label: 'Port', kind: 'number', min: 1, max: 65_535, required: true, ...CONNECTION },
    {
      ...list(
        'alternate_servers',
        'Further servers',
        'Asked in this order when the ones before do not answer: host, host:port or [address]:port. They share the secret below.',
      ),
      ...CONNECTION,
    },
    {
      name: 'timeout',
      label: 'Wait for an answer of each server (seconds)',
      help: 'Longer when people confirm a sign-in on their phone.',
      kind: 'number',
      min: 1,
      max: 60,
      required: true,
      ...CONNECTION,
    },
    {
      ...text('nas_identifier', 'NAS-Identifier', 'What this site calls itself there. Blank: bridgehead.'),
      maxLength: 253,
      ...CONNECTION,
    },
    { name: 'shared_secret', label: 'Shared secret', kind: 'secret', ...CONNECTION },
    {
      ...list('allowed_users', 'Allowed users', 'Nobody named is everybody. Press Enter after each.'),
      ...PEOPLE,
    },
  ],
  defaults: {
    hostname: '',
    port: 1812,
    alternate_servers: [],
    nas_identifier: '',
    timeout: 3,
    allowed_users: [],
  },
};

/** `providers` are the LDAP providers that look up groups. */
export const radiusForm = (providers: Choice[]): TypeForm => ({
  fields: [...RADIUS.fields, SYNC, lookup(providers)],
  defaults: { ...RADIUS.defaults, external_lookup: [], sync_display_name: true },
});
