import {
  CONNECTION,
  flag,
  GROUPS,
  list,
  OWN_FACTOR,
  PEOPLE,
  pem,
  SYNC,
  type TypeForm,
  text,
} from './field-shapes.ts';

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

export const SAML_FORM: TypeForm = {
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

export const SAML_PORTAL_FORM: TypeForm = {
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
