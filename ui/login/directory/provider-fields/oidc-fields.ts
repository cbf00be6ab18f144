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

const CLAIMS = 'Its name, or a template such as {given_name} {family_name}.';

export const OIDC_FORM: TypeForm = {
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
