import type { Schema } from '../../shared/api.ts';
import type { Choice } from '../../shared/choices.ts';
import type { Field, FormValues } from '../../shared/record-form.tsx';

export type ProviderType = Schema<'SecurityProvider'>['type'];

export const PROVIDER_LABELS: Record<ProviderType, string> = {
  local: 'Local',
  ldap: 'LDAP',
  radius: 'RADIUS',
  kerberos: 'Kerberos',
  saml: 'SAML',
  saml_portal: 'SAML for public portals',
  oidc: 'OpenID Connect',
  scim: 'SCIM',
};

/** What one type has beside a name, with the values a new one begins with. */
interface TypeForm {
  fields: Field[];
  defaults: FormValues;
}

/**
 * The fields of one type. `providers` are the LDAP providers that look up groups, `signers` those that sign people in
 * whom SCIM provisions.
 */
export function formOf(type: ProviderType, providers: Choice[], signers: Choice[] = []): TypeForm {
  switch (type) {
    case 'local':
      return { fields: [], defaults: {} };
    case 'ldap':
      return LDAP;
    case 'radius':
      return {
        fields: [...RADIUS.fields, SYNC, lookup(providers)],
        defaults: { ...RADIUS.defaults, external_lookup: [], sync_display_name: true },
      };
    case 'kerberos':
      return {
        fields: [...KERBEROS.fields, SYNC, lookup(providers)],
        defaults: { ...KERBEROS.defaults, external_lookup: [], sync_display_name: true },
      };
    case 'saml':
      return SAML;
    case 'saml_portal':
      return SAML_PORTAL;
    case 'oidc':
      return OIDC;
    case 'scim':
      return { ...SCIM, fields: [signInBy(signers), ...SCIM.fields] };
  }
}

const CONNECTION = { section: 'Connection' };
const PEOPLE = { section: 'Users' };
const GROUPS = { section: 'Groups' };
const SYNCHRONISATION = { section: 'Synchronisation' };

const SYNC: Field = {
  name: 'sync_display_name',
  label: 'Take over display names at every sign-in',
  kind: 'checkbox',
  ...PEOPLE,
};

const OWN_FACTOR: Field = {
  name: 'require_second_factor',
  label: 'Ask for a second factor here as well',
  kind: 'checkbox',
  help: 'Otherwise the provider is trusted to have asked for one.',
  ...PEOPLE,
};

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

const lookup = (providers: Choice[]): Field => ({
  name: 'external_lookup',
  label: 'Groups are looked up in',
  kind: 'choices',
  numeric: true,
  options: providers,
  help: 'LDAP providers that look up groups.',
  ...GROUPS,
});

const list = (name: string, label: string, help?: string): Field => ({
  name,
  label,
  kind: 'list',
  help: help ?? 'Press Enter after each.',
});
const text = (name: string, label: string, help?: string): Field => ({
  name,
  label,
  kind: 'text',
  help,
  maxLength: 1024,
});
const flag = (name: string, label: string, help?: string): Field => ({ name, label, kind: 'checkbox', help });
const pem = (name: string, label: string, help: string): Field => ({ name, label, kind: 'textarea', help });

const CLAIMS = 'Its name, or a template such as {given_name} {family_name}.';

const LDAP: TypeForm = {
  fields: [
    { ...flag('user_authentication', 'Users sign in with it'), section: 'Used for' },
    { ...flag('group_lookup', 'Groups are looked up in it'), section: 'Used for' },
    { ...flag('auth_provider', 'Accept passwords that the directory accepts'), section: 'Used for' },
    { ...text('hostname', 'Hostname'), required: true, ...CONNECTION },
    { name: 'port', label: 'Port', kind: 'number', min: 1, max: 65_535, required: true, ...CONNECTION },
    {
      ...list(
        'alternate_servers',
        'Further servers',
        'Asked in this order when the ones before do not answer: host, host:port or [address]:port. They get the password of “Search as” too.',
      ),
      ...CONNECTION,
    },
    {
      name: 'network_timeout',
      label: 'Time limit of a server (seconds)',
      kind: 'number',
      min: 1,
      max: 120,
      required: true,
      ...CONNECTION,
    },
    {
      name: 'encryption',
      label: 'Encryption',
      kind: 'select',
      numeric: true,
      required: true,
      options: [
        { value: '0', label: 'None' },
        { value: '1', label: 'LDAPS' },
        { value: '2', label: 'TLS on the plain port' },
      ],
      ...CONNECTION,
    },
    {
      ...pem(
        'ca_certificates',
        'Certificate authorities',
        'PEM. Trusted for this directory beside those that everybody trusts.',
      ),
      ...CONNECTION,
    },
    { ...flag('proxy', 'Through a connection agent'), ...CONNECTION },
    { ...flag('anonymous_bind', 'Search without signing in'), ...CONNECTION },
    {
      ...text('bind_username', 'Search as (DN)'),
      when: (values) => values.anonymous_bind !== true,
      ...CONNECTION,
    },
    {
      name: 'bind_password',
      label: 'Password of that account',
      kind: 'secret',
      when: (values) => values.anonymous_bind !== true,
      ...CONNECTION,
    },
    { ...flag('ldap_cache', 'Keep connections open between sign-ins'), ...CONNECTION },
    { ...text('search_base_dn', 'Search base (DN)'), required: true, ...PEOPLE },
    { ...text('user_query', 'Query for one user'), ...PEOPLE },
    { ...text('browse_query', 'Query to browse users'), ...PEOPLE },
    { ...list('object_classes', 'Object classes'), ...PEOPLE },
    { ...list('unique_id', 'Attributes that identify an object'), ...PEOPLE },
    { ...text('username', 'Attribute of the user name'), ...PEOPLE },
    { ...list('display_name', 'Attributes of the display name'), ...PEOPLE },
    { ...list('email', 'Attributes of the e-mail address'), ...PEOPLE },
    { ...list('photo', 'Attributes of the photo'), ...PEOPLE },
    SYNC,
    {
      name: 'ldap_search',
      label: 'Names are found by',
      kind: 'select',
      numeric: true,
      required: true,
      options: [
        { value: '1', label: 'their beginning' },
        { value: '3', label: 'any part' },
      ],
      ...PEOPLE,
    },
    {
      name: 'paged_search_timeout',
      label: 'Time limit of long searches (milliseconds)',
      kind: 'number',
      min: 600_000,
      max: 36_000_000,
      required: true,
      ...PEOPLE,
    },
    { ...text('group_schema_base_dn', 'Search base of groups (DN)'), ...GROUPS },
    { ...list('group_schema_browse_query', 'Queries to browse groups'), ...GROUPS },
    { ...list('group_schema_object_classes', 'Object classes of groups'), ...GROUPS },
    { ...list('group_display_name', 'Attributes of the name of a group'), ...GROUPS },
    {
      ...list(
        'group_relationships',
        'Attributes that tell the groups of a user',
        'An attribute of users that names groups, such as memberOf, or one of groups with what it holds of users, such as member=dn or memberUid=uid.',
      ),
      ...GROUPS,
    },
    { ...flag('recursive_groups', 'Follow groups within groups'), ...GROUPS },
    {
      name: 'sync_interval_hours',
      label: 'Bring users up to date every (hours)',
      kind: 'number',
      min: 0,
      max: 168,
      required: true,
      help: '0: only when somebody starts it. Users who are disabled or gone in the directory are disabled here.',
      ...SYNCHRONISATION,
    },
    {
      ...flag('sync_create_users', 'Create users before their first sign-in'),
      help: 'Those whom a group policy names, by themselves or by one of their groups.',
      ...SYNCHRONISATION,
    },
  ],
  defaults: {
    user_authentication: true,
    group_lookup: true,
    auth_provider: true,
    hostname: '',
    port: 389,
    alternate_servers: [],
    network_timeout: 10,
    encryption: 2,
    ca_certificates: '',
    proxy: false,
    anonymous_bind: false,
    bind_username: '',
    search_base_dn: '',
    user_query: '',
    browse_query: '',
    object_classes: ['user', 'person'],
    unique_id: ['objectGUID'],
    username: 'sAMAccountName',
    display_name: ['displayName'],
    email: ['mail'],
    photo: [],
    sync_display_name: true,
    ldap_search: 1,
    ldap_cache: true,
    paged_search_timeout: 600_000,
    group_schema_base_dn: '',
    group_schema_browse_query: [],
    group_schema_object_classes: ['group'],
    group_display_name: ['cn'],
    group_relationships: ['memberOf'],
    recursive_groups: false,
    sync_interval_hours: 0,
    sync_create_users: false,
  },
};

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

const SAML_COMMON: TypeForm = {
  fields: [
    { ...text('entity_id', 'Entity ID of the identity provider'), required: true, ...CONNECTION },
    { ...text('login_url', 'Address to sign in at'), required: true, ...CONNECTION },
    {
      name: 'sso_url_protocol_binding',
      label: 'Binding',
      kind: 'select',
      required: true,
      options: ['HTTP Redirect', 'HTTP POST'].map((value) => ({ value, label: value })),
      ...CONNECTION,
    },
    {
      ...pem(
        'idp_certificates',
        'Certificates of the identity provider',
        'PEM. It signs with one of them; the old and the new one may stand here together.',
      ),
      ...CONNECTION,
    },
    {
      ...text('logout_url', 'Address to sign out at', 'Blank: signing out here leaves the sign-in there.'),
      ...CONNECTION,
    },
    {
      name: 'logout_url_protocol_binding',
      label: 'Binding of signing out',
      kind: 'select',
      required: true,
      options: ['HTTP Redirect', 'HTTP POST'].map((value) => ({ value, label: value })),
      ...CONNECTION,
    },
    {
      ...text('name_id_format', 'Format of name IDs', 'A URI. Blank: as the identity provider likes.'),
      maxLength: 255,
      ...CONNECTION,
    },
    {
      ...text('sp_entity_id', 'Entity ID of this site', 'Blank: the address of our metadata.'),
      section: 'This site',
    },
    {
      ...pem('certificate', 'Certificate', 'PEM. The section Metadata and keys generates a pair.'),
      section: 'This site',
    },
    {
      name: 'private_key',
      label: 'Private key',
      kind: 'secret',
      multiline: true,
      help: 'PEM without a pass phrase.',
      section: 'This site',
    },
    { ...flag('force_signed_request', 'Always sign requests'), section: 'This site' },
    {
      ...flag('require_signed_response', 'Responses must be signed', 'Assertions always must.'),
      section: 'What is accepted',
    },
    { ...flag('require_encrypted_assertion', 'Assertions must be encrypted'), section: 'What is accepted' },
    {
      ...flag(
        'allow_unsolicited',
        'Accept sign-ins that begin at the identity provider',
        'Somebody could be signed in under another name without noticing. Leave it off unless people start from a portal there.',
      ),
      section: 'What is accepted',
    },
    {
      name: 'clock_skew',
      label: 'Clocks may differ by (seconds)',
      kind: 'number',
      min: 0,
      max: 600,
      required: true,
      section: 'What is accepted',
    },
    { ...text('user_name', 'Attribute of the user name'), ...PEOPLE },
    { ...text('display_name', 'Display name', 'Made of attributes in braces.'), ...PEOPLE },
    { ...text('email', 'Attribute of the e-mail address'), ...PEOPLE },
  ],
  defaults: {
    entity_id: '',
    login_url: '',
    sso_url_protocol_binding: 'HTTP Redirect',
    idp_certificates: '',
    logout_url: '',
    logout_url_protocol_binding: 'HTTP Redirect',
    name_id_format: '',
    sp_entity_id: '',
    certificate: '',
    force_signed_request: false,
    require_signed_response: false,
    require_encrypted_assertion: false,
    allow_unsolicited: false,
    clock_skew: 60,
    user_name: 'Username',
    display_name: '{FirstName} {LastName}',
    email: 'Email',
  },
};

const SAML: TypeForm = {
  fields: [
    ...SAML_COMMON.fields.filter(({ section }) => section !== PEOPLE.section),
    ...SAML_COMMON.fields.filter(({ section }) => section === PEOPLE.section),
    SYNC,
    { ...flag('case_insensitive_name_ids', 'Ignore case in user names'), ...PEOPLE },
    OWN_FACTOR,
    { ...text('group_lookup_attribute_name', 'Attribute of the groups'), ...GROUPS },
    {
      ...text('group_delimiter', 'Separator between groups', 'Blank: one element for each group.'),
      maxLength: 16,
      ...GROUPS,
    },
    {
      ...list('available_groups', 'Groups', 'Offered as members of group policies. Press Enter after each.'),
      ...GROUPS,
    },
  ],
  defaults: {
    ...SAML_COMMON.defaults,
    sync_display_name: true,
    case_insensitive_name_ids: false,
    require_second_factor: false,
    group_lookup_attribute_name: 'Groups',
    group_delimiter: '',
    available_groups: [],
  },
};

const SAML_PORTAL: TypeForm = {
  fields: [
    ...SAML_COMMON.fields,
    {
      ...list(
        'custom_fields',
        'Custom fields',
        'Code name, equals sign and attribute, as in customer_number=employeeNumber. The portal fills and locks them. Press Enter after each.',
      ),
      ...PEOPLE,
    },
  ],
  defaults: { ...SAML_COMMON.defaults, custom_fields: [] },
};

const OIDC: TypeForm = {
  fields: [
    {
      ...text(
        'issuer',
        'Issuer',
        'As the provider writes it, for example https://sign-in.example.com. Its redirect URI ends in /oidc/callback/ and the ID of this provider; the test shows it.',
      ),
      required: true,
      ...CONNECTION,
    },
    { ...text('client_id', 'Client ID'), required: true, ...CONNECTION },
    { name: 'client_secret', label: 'Client secret', kind: 'secret', ...CONNECTION },
    { ...list('scopes', 'Scopes'), ...CONNECTION },
    {
      ...pem(
        'ca_certificates',
        'Certificate authorities',
        'PEM. Trusted for this provider beside those that everybody trusts.',
      ),
      ...CONNECTION,
    },
    {
      ...text('button_label', 'Text of the button', 'On the sign-in page. Empty shows the name.'),
      maxLength: 64,
      section: 'Signing in',
    },
    {
      ...list(
        'acr_values',
        'Accepted ways to sign in (acr)',
        'Asked for, and required of the answer. Nothing listed accepts any. Press Enter after each.',
      ),
      section: 'Signing in',
    },
    {
      name: 'max_age',
      label: 'Longest time since signing in there (seconds)',
      kind: 'number',
      min: 0,
      max: 31_536_000,
      required: true,
      help: '0 is no limit.',
      section: 'Signing in',
    },
    { ...flag('end_session', 'Signing out here signs out there too'), section: 'Signing in' },
    { ...text('user_name', 'Claim of the user name', CLAIMS), ...PEOPLE },
    { ...text('display_name', 'Claim of the display name', CLAIMS), ...PEOPLE },
    { ...text('email', 'Claim of the e-mail address', CLAIMS), ...PEOPLE },
    OWN_FACTOR,
    SYNC,
    {
      ...text('groups_claim', 'Claim of the groups', 'A name, or a path such as realm_access.roles.'),
      maxLength: 255,
      ...GROUPS,
    },
    {
      ...text('group_delimiter', 'Delimiter', 'Parts a claim that is one text.'),
      maxLength: 16,
      ...GROUPS,
    },
    {
      ...list('available_groups', 'Groups', 'Offered as members of group policies. Press Enter after each.'),
      ...GROUPS,
    },
  ],
  defaults: {
    issuer: '',
    client_id: '',
    scopes: ['openid', 'profile', 'email'],
    ca_certificates: '',
    button_label: '',
    acr_values: [],
    max_age: 0,
    end_session: true,
    user_name: 'preferred_username',
    display_name: 'name',
    email: 'email',
    sync_display_name: true,
    groups_claim: 'groups',
    require_second_factor: false,
    group_delimiter: '',
    available_groups: [],
  },
};

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
