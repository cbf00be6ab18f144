import type { ContractType } from './contract-type.ts';

export const SITE_SETTINGS: ContractType = {
  name: 'site-settings',
  noun: 'site setting',
  key: undefined,
  operations: { show: 'api.config.site-setting.show', update: 'api.config.site-setting.update' },
};

export const CUSTOM_SESSION_ATTRIBUTES: ContractType = {
  name: 'custom-session-attributes',
  noun: 'custom session attribute',
  key: 'code_name',
  operations: {
    index: 'api.config.custom-session-attribute.index',
    show: 'api.config.custom-session-attribute.show',
    store: 'api.config.custom-session-attribute.store',
    update: 'api.config.custom-session-attribute.update',
    destroy: 'api.config.custom-session-attribute.destroy',
  },
};

/** Their secrets stay on the server: a new one gets its secret by regenerating it. */
export const API_ACCOUNTS: ContractType = {
  name: 'api-accounts',
  noun: 'API account',
  key: 'name',
  operations: {
    index: 'api.config.api-account.index',
    show: 'api.config.api-account.show',
    store: 'api.config.api-account.store',
    update: 'api.config.api-account.update',
    destroy: 'api.config.api-account.destroy',
  },
  omit: ['client_id', 'failed_login_attempts', 'failed_login_expiration'],
  keptSecrets: ['client_secret'],
};
