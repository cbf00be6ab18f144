import type { ProviderSettingValue, SecurityProviderType } from './security-provider.ts';

/** What a setting of a security provider may be. */
export type ProviderSettingForm =
  | { kind: 'text'; maximum: number }
  /** `https:` or `http:`, or empty. */
  | { kind: 'url' }
  /** One or more certificates in PEM, or empty. */
  | { kind: 'certificates' }
  | { kind: 'pattern' }
  | { kind: 'flag' }
  | { kind: 'integer'; minimum: number; maximum: number }
  | { kind: 'choice'; values: readonly (string | number)[] }
  | { kind: 'texts'; entries: number; maximum: number }
  /** Ids of LDAP providers that look up groups. */
  | { kind: 'group_providers' }
  /** `host`, `host:port` or `[address]:port`. */
  | { kind: 'servers'; entries: number };

export interface ProviderSetting {
  readonly form: ProviderSettingForm;
  readonly initial: ProviderSettingValue;
  /** Cannot be empty. */
  readonly required: boolean;
}

export interface ProviderKind {
  readonly label: string;
  /** `chosen`: a setting of each provider. */
  readonly userAuthentication: boolean | 'chosen';
  readonly groupLookup: boolean | 'chosen';
  readonly settings: Readonly<Record<string, ProviderSetting>>;
  /** Kept sealed. */
  readonly secrets: readonly ProviderSecretName[];
}

export const PROVIDER_SECRETS = [
  'bind_password',
  'shared_secret',
  'keytab',
  'private_key',
  'next_private_key',
  'client_secret',
] as const;
export type ProviderSecretName = (typeof PROVIDER_SECRETS)[number];

const setting = (form: ProviderSettingForm, initial: ProviderSettingValue): ProviderSetting => ({
  form,
  initial,
  required: false,
});
const text = (initial = '', maximum = 1024) => setting({ kind: 'text', maximum }, initial);
const url = () => setting({ kind: 'url' }, '');
const certificates = () => setting({ kind: 'certificates' }, '');
const flag = (initial: boolean) => setting({ kind: 'flag' }, initial);
const integer = (minimum: number, maximum: number, initial: number) =>
  setting({ kind: 'integer', minimum, maximum }, initial);
const choice = (values: readonly (string | number)[], initial: string | number) =>
  setting({ kind: 'choice', values }, initial);
const texts = (...initial: string[]) => setting({ kind: 'texts', entries: 1000, maximum: 1024 }, initial);
const servers = () => setting({ kind: 'servers', entries: 10 }, []);
const groupProviders = () => setting({ kind: 'group_providers' }, []);
const needed = (one: ProviderSetting): ProviderSetting => ({ ...one, required: true });

const BINDING = choice(['HTTP Redirect', 'HTTP POST'], 'HTTP Redirect');

/** What a site that signs people in by SAML and its identity provider know of each other. */
const SAML = {
  display_name: text('{FirstName} {LastName}'),
  email: text('Email'),
  user_name: text('Username'),
  login_url: needed(url()),
  sp_entity_id: text(),
  entity_id: needed(text()),
  sso_url_protocol_binding: BINDING,
  logout_url: url(),
  logout_url_protocol_binding: BINDING,
  name_id_format: text('', 255),
  idp_certificates: certificates(),
  certificate: certificates(),
  /** Published beside the present one while the key is rolled over. */
  next_certificate: certificates(),
  force_signed_request: flag(false),
  require_signed_response: flag(false),
  require_encrypted_assertion: flag(false),
  /** Answers that nobody asked for: sign-ins that begin at the identity provider. */
  allow_unsolicited: flag(false),
  /** Seconds. */
  clock_skew: integer(0, 600, 60),
};

const SAML_SECRETS = ['private_key', 'next_private_key'] as const;

/** The one list of what each type has, under the names of the contract. */
export const PROVIDER_KINDS: Readonly<Record<SecurityProviderType, ProviderKind>> = {
  local: { label: 'local', userAuthentication: true, groupLookup: false, settings: {}, secrets: [] },
  ldap: {
    label: 'LDAP',
    userAuthentication: 'chosen',
    groupLookup: 'chosen',
    settings: {
      user_authentication: flag(true),
      group_lookup: flag(true),
      auth_provider: flag(true),
      hostname: needed(text('', 253)),
      port: integer(1, 65_535, 389),
      alternate_servers: servers(),
      network_timeout: integer(1, 120, 10),
      encryption: choice([0, 1, 2], 2),
      ca_certificates: certificates(),
      anonymous_bind: flag(false),
      bind_username: text(),
      search_base_dn: needed(text()),
      user_query: text(),
      browse_query: text(),
      object_classes: texts('user', 'person'),
      unique_id: texts('objectGUID'),
      username: text('sAMAccountName', 255),
      display_name: texts('displayName'),
      email: texts('mail'),
      photo: texts(),
      ldap_cache: flag(true),
      ldap_search: choice([1, 3], 1),
      paged_search_timeout: integer(600_000, 36_000_000, 600_000),
      proxy: flag(false),
      group_schema_base_dn: text(),
      group_schema_browse_query: texts(),
      group_schema_object_classes: texts('group'),
      group_display_name: texts('cn'),
      group_relationships: texts('memberOf'),
      recursive_groups: flag(false),
      sync_display_name: flag(true),
      sync_interval_hours: integer(0, 168, 0),
      sync_create_users: flag(false),
    },
    secrets: ['bind_password'],
  },
  radius: {
    label: 'RADIUS',
    userAuthentication: true,
    groupLookup: false,
    settings: {
      hostname: needed(text('', 253)),
      port: integer(1, 65_535, 1812),
      alternate_servers: servers(),
      nas_identifier: text('', 253),
      timeout: integer(1, 60, 3),
      allowed_users: texts(),
      external_lookup: groupProviders(),
      sync_display_name: flag(true),
    },
    secrets: ['shared_secret'],
  },
  kerberos: {
    label: 'Kerberos',
    userAuthentication: true,
    groupLookup: false,
    settings: {
      strip_realm: flag(false),
      user_mode: choice([0, 1, 2], 0),
      allowed_users: texts(),
      allowed_users_regex: setting({ kind: 'pattern' }, ''),
      spn_mode: flag(false),
      allowed_spns: texts(),
      external_lookup: groupProviders(),
      sync_display_name: flag(true),
    },
    secrets: ['keytab'],
  },
  saml: {
    label: 'SAML',
    userAuthentication: true,
    groupLookup: true,
    settings: {
      ...SAML,
      group_lookup_attribute_name: text('Groups'),
      available_groups: texts(),
      group_delimiter: text('', 16),
      case_insensitive_name_ids: flag(false),
      require_second_factor: flag(false),
      sync_display_name: flag(true),
    },
    secrets: SAML_SECRETS,
  },
  saml_portal: {
    label: 'SAML for public portals',
    userAuthentication: true,
    groupLookup: false,
    // `code name=attribute` each.
    settings: { ...SAML, custom_fields: texts() },
    secrets: SAML_SECRETS,
  },
  oidc: {
    label: 'OpenID Connect',
    userAuthentication: true,
    groupLookup: true,
    settings: {
      issuer: needed(url()),
      client_id: needed(text()),
      require_second_factor: flag(false),
      scopes: texts('openid', 'profile', 'email'),
      user_name: text('preferred_username'),
      display_name: text('name'),
      email: text('email'),
      sync_display_name: flag(true),
      groups_claim: text('groups', 255),
      group_delimiter: text('', 16),
      available_groups: texts(),
      acr_values: texts(),
      max_age: integer(0, 31_536_000, 0),
      end_session: flag(true),
      ca_certificates: certificates(),
      button_label: text('', 64),
    },
    secrets: ['client_secret'],
  },
  scim: {
    label: 'SCIM',
    userAuthentication: true,
    groupLookup: true,
    settings: {
      unique_id_attribute_name: text('externalId', 255),
      display_name: text('displayName'),
      email: text('emails'),
      user_name: text('userName'),
      scim_user_query_id: choice(['id', 'externalId', 'userName'], 'userName'),
      scim_group_query_id: choice(['id', 'externalId', 'displayName'], 'displayName'),
      // The provider that signs these people in; 0 for none.
      sign_in_provider: integer(0, 2_147_483_647, 0),
    },
    secrets: [],
  },
};

/** Wire names of every setting of every type. */
export const PROVIDER_SETTING_NAMES = [
  ...new Set(Object.values(PROVIDER_KINDS).flatMap(({ settings }) => Object.keys(settings))),
];
