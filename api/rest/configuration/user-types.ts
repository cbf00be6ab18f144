import {
  USER_SETTING_NAMES,
  USER_SETTINGS,
  type UserSettingName,
} from '../../../appliance/access/user-settings.ts';
import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import { LOCAL_PROVIDER_ID } from '../../../appliance/directory/security-provider.ts';
import type { User } from '../../../appliance/directory/user.ts';
import { inCatalogueOrder } from './access-types.ts';
import type { Answer, Collection, ContractType, References } from './contract-type.ts';
import { isFields, refusedField } from './field-names.ts';
import { USER } from './jump-types.ts';
import { POLICY_VAULT_GRANTS } from './vault-types.ts';

/** Settings that name a Jump Item Role or a session policy, or hold permissions instead of one. */
const SETTING_REFERENCES: References = Object.fromEntries(
  USER_SETTING_NAMES.flatMap((name): [string, References[string]][] => {
    const { kind } = USER_SETTINGS[name].form;
    if (kind === 'jump_item_role') return [[name, { type: 'jump-item-roles', as: name.replace(/_id$/, '') }]];
    if (kind === 'session_policy') return [[name, { type: 'session-policies', as: name }]];
    return [];
  }),
);

const inFile = (name: UserSettingName): string => SETTING_REFERENCES[name]?.as ?? name;

/** Own settings of people, not what group policies make of them. New ones get no password. */
export const USERS: ContractType = {
  name: 'users',
  noun: 'user',
  key: 'username',
  operations: {
    index: 'api.config.user.index',
    show: 'api.config.user.show',
    store: 'api.config.user.store',
    update: 'api.config.user.update',
    destroy: 'api.config.user.destroy',
  },
  // Answers tell what holds after the group policies.
  rows: async ({ users }, page) => (await users.find({}, page)).items.map(ownAnswer),
  // What belongs to the password stays with it.
  omit: [
    'failed_logins',
    'password_reset_next_login',
    'password_expiration',
    'security_provider_id',
    'perm_access_allowed',
    'perm_invite_external_user',
    ...USER_SETTING_NAMES,
  ],
  keptSecrets: ['password'],
  parts: {
    settings: {
      now: ({ settings }) => settings!,
      update: 'api.config.user.setting.update',
      references: SETTING_REFERENCES,
      // A file names every own value; one that it does not name is none any more.
      toRequest: (value) => ({
        ...Object.fromEntries(USER_SETTING_NAMES.map((name) => [name, null])),
        ...(value as Answer),
      }),
    },
  },
  // Administrators cannot be deleted: they have to stop being administrators first.
  fixed: ({ settings }) => (settings as Answer).perm_admin === true,
};

function ownAnswer(user: User): Answer {
  const { settings, administrator } = user;
  const own = { ...(administrator && { perm_admin: true }), ...settings } as Record<string, Value>;
  return {
    id: user.id,
    username: user.username,
    // The directory says what people of another provider are called.
    ...(user.securityProviderId === LOCAL_PROVIDER_ID && {
      public_display_name: user.publicDisplayName,
      private_display_name: user.privateDisplayName,
      email_address: user.emailAddress,
    }),
    enabled: user.enabled,
    preferred_email_language: user.preferredEmailLanguage,
    ...(user.displayNumber !== null && { display_number: user.displayNumber }),
    settings: Object.fromEntries(
      USER_SETTING_NAMES.filter((name) => own[name] !== undefined).map((name) => [
        name,
        inCatalogueOrder(own[name]!),
      ]),
    ),
  };
}

function memberships(kind: 'jump-group' | 'team' | 'jumpoints', what: 'jump_group' | 'team' | 'jumpoint') {
  const type = { jump_group: 'jump-groups', team: 'teams', jumpoint: 'jumpoints' }[what];
  const references: References = {
    [`${what}_id`]: { type, as: what },
    jump_item_role_id: { type: 'jump-item-roles', as: 'jump_item_role', none: 0 },
  };
  const common = { key: `${what}_id`, references, omit: ['group_policy_id'] };
  const added: Collection = {
    ...common,
    index: `api.config.group-policy.${kind}.index`,
    store: `api.config.group-policy.${kind}.store`,
    destroy: `api.config.group-policy.${kind}.destroy`,
    ...(kind === 'jump-group' && { unpaged: true }),
  };
  const removed: Collection = {
    ...common,
    index: `api.config.group-policy.${kind}-removal.index`,
    store: `api.config.group-policy.${kind}-removal.store`,
    destroy: `api.config.group-policy.${kind}-removal.destroy`,
  };
  return { [`${what}s`]: added, [`${what}s_removed`]: removed };
}

const MEMBERS: Collection = {
  index: 'api.config.group-policy.member.index',
  store: 'api.config.group-policy.member.store',
  destroy: 'api.config.group-policy.member.destroy',
  handle: { field: 'id', parameter: 'member_id' },
  references: { ...USER, security_provider_id: { type: 'security-providers', as: 'security_provider' } },
  omit: ['id'],
  toFile: ({ user, security_provider: provider, distinguished_name: distinguished, group_name: group }) => {
    if (typeof user === 'string') return { user };
    return {
      security_provider: provider!,
      ...(distinguished !== '' ? { distinguished_name: distinguished! } : { group_name: group! }),
    };
  },
};

export const GROUP_POLICIES: ContractType = {
  name: 'group-policies',
  noun: 'group policy',
  key: 'name',
  operations: {
    index: 'api.config.group-policy.index',
    show: 'api.config.group-policy.show',
    store: 'api.config.group-policy.store',
    update: 'api.config.group-policy.update',
    destroy: 'api.config.group-policy.destroy',
  },
  omit: [
    'position',
    'rep_perm_status',
    'access_perm_status',
    'setting_status',
    'perm_access_allowed',
    'perm_invite_external_user',
    'perm_sd_static_port_for_external_tools',
    ...USER_SETTING_NAMES,
  ],
  parts: {
    settings: {
      now: definedValues,
      update: 'api.config.group-policy.update',
      references: SETTING_REFERENCES,
      toFile: withStatus,
      fromFile: valuesAlone,
      toRequest: (values, settings) => ({
        ...(values as Answer),
        setting_status: statuses(settings as Fields),
      }),
    },
  },
  collections: {
    members: MEMBERS,
    ...memberships('jump-group', 'jump_group'),
    ...memberships('team', 'team'),
    ...memberships('jumpoints', 'jumpoint'),
    ...POLICY_VAULT_GRANTS,
  },
};

/** A list of its own, so that a policy in between changes one line. */
export const GROUP_POLICY_ORDER: ContractType = {
  name: 'group-policy-order',
  noun: 'order of the group policies',
  key: undefined,
  operations: {
    show: 'api.config.group-policy.order.show',
    update: 'api.config.group-policy.order.update',
  },
  order: 'ids',
  references: { ids: { type: 'group-policies', as: 'order' } },
};

/** Values of settings that are not defined are kept without effect; files do not have them. */
function definedValues(answer: Answer): Value {
  const status = answer.setting_status as Answer;
  return Object.fromEntries(
    USER_SETTING_NAMES.filter((name) => status[name] === 'defined' || status[name] === 'final').map(
      (name) => [name, answer[name] ?? null],
    ),
  );
}

/** In a file each setting has `value` and `status`. */
function withStatus(values: Value, answer: Answer): Value {
  const status = answer.setting_status as Answer;
  return Object.fromEntries(
    USER_SETTING_NAMES.filter((name) => inFile(name) in (values as Fields)).map((name) => [
      inFile(name),
      { status: status[name]!, value: (values as Fields)[inFile(name)]! },
    ]),
  );
}

function valuesAlone(settings: Value): Value {
  if (!isFields(settings)) throw refusedField('settings', 'settings must have fields.');
  const known = new Set(USER_SETTING_NAMES.map(inFile));
  const values: Record<string, Value> = {};
  for (const [name, setting] of Object.entries(settings)) {
    if (!known.has(name)) throw refusedField(name, `There is no setting ${name}.`);
    if (
      !isFields(setting) ||
      setting.value === undefined ||
      !['defined', 'final'].includes(String(setting.status))
    ) {
      throw refusedField(name, `${name} has a value, and a status that is defined or final.`);
    }
    const stranger = Object.keys(setting).find((member) => member !== 'value' && member !== 'status');
    if (stranger !== undefined) throw refusedField(`${name}.${stranger}`, `A setting has no ${stranger}.`);
    values[name] = setting.value;
  }
  return values;
}

/** A setting that the file does not name is not defined. */
function statuses(settings: Fields): Value {
  return Object.fromEntries(
    USER_SETTING_NAMES.map((name) => {
      const setting = settings[inFile(name)];
      return [name, isFields(setting) ? setting.status! : 'not_defined'];
    }),
  );
}
