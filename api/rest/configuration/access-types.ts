import { SESSION_PERMISSION_NAMES } from '../../../appliance/access/session-permissions.ts';
import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import type { Answer, ContractType } from './contract-type.ts';
import { isFields } from './field-names.ts';

/** A file names every permission that is defined; what it does not name is not defined any more. */
function wholePermissions(fields: Answer): Answer {
  if (typeof fields.permissions !== 'object' || fields.permissions === null) return fields;
  const none = Object.fromEntries(SESSION_PERMISSION_NAMES.map((name) => [name, null]));
  return { ...fields, permissions: { ...none, ...fields.permissions } };
}

/** Permissions in the order of the catalogue, so that files read like the screen. Other values stay as they are. */
export function inCatalogueOrder(permissions: Value): Value {
  if (!isFields(permissions)) return permissions;
  const known = SESSION_PERMISSION_NAMES.filter((name) => name in permissions);
  return { ...Object.fromEntries(known.map((name) => [name, permissions[name]!])), ...permissions };
}

function ordered(fields: Fields): Fields {
  return { ...fields, permissions: inCatalogueOrder(fields.permissions ?? {}) };
}

export const SESSION_POLICIES: ContractType = {
  name: 'session-policies',
  noun: 'session policy',
  key: 'code_name',
  operations: {
    index: 'api.config.session-policy.index',
    show: 'api.config.session-policy.show',
    store: 'api.config.session-policy.store',
    update: 'api.config.session-policy.update',
    destroy: 'api.config.session-policy.destroy',
  },
  shownAlone: true,
  toFile: ordered,
  toRequest: wholePermissions,
};

export const GLOBAL_SESSION_POLICY: ContractType = {
  name: 'global-session-policy',
  noun: 'global session policy',
  key: undefined,
  operations: {
    show: 'api.config.global-session-policy.show',
    update: 'api.config.global-session-policy.update',
  },
  toFile: ordered,
  toRequest: wholePermissions,
};

export const PUBLIC_PORTALS: ContractType = {
  name: 'public-portals',
  noun: 'public portal',
  key: 'code_name',
  operations: {
    index: 'api.config.public-portal.index',
    show: 'api.config.public-portal.show',
    store: 'api.config.public-portal.store',
    update: 'api.config.public-portal.update',
    destroy: 'api.config.public-portal.destroy',
  },
  shownAlone: true,
  references: { session_policy_id: { type: 'session-policies', as: 'session_policy' } },
  // The default portal.
  fixed: ({ id }) => id === 1,
};

export const SECURITY_PROVIDERS: ContractType = {
  name: 'security-providers',
  noun: 'security provider',
  key: 'name',
  operations: {
    index: 'api.config.security-provider.index',
    show: 'api.config.security-provider.show',
    store: 'api.config.security-provider.store',
    update: 'api.config.security-provider.update',
    destroy: 'api.config.security-provider.destroy',
  },
  shownAlone: true,
  rank: 'priority',
  references: {
    external_lookup: { type: 'security-providers', as: 'external_lookup' },
    sign_in_provider: { type: 'security-providers', as: 'sign_in_provider', none: 0 },
    default_policy: { type: 'group-policies', as: 'default_policy', none: 0 },
  },
  detached: { default_policy: null },
  fixed: ({ type }) => type === 'local',
};
