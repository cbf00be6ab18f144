import type { ContractType } from './contract-type.ts';

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
  // What belongs to the password stays with it.
  omit: ['failed_logins', 'password_reset_next_login', 'password_expiration', 'security_provider_id'],
  keptSecrets: ['password'],
  references: {
    default_jump_item_role_id: { type: 'jump-item-roles', as: 'default_jump_item_role' },
  },
  // Administrators cannot be deleted: they have to stop being administrators first.
  fixed: ({ perm_admin: administrator }) => administrator === true,
  toFields: (fields, { id, display_number: place }) => {
    if (place !== id) return fields;
    // The place by id is what everybody has who was given none.
    const { display_number: _, ...rest } = fields;
    return rest;
  },
};
