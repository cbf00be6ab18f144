import { NO_ACCESS_ROLE_ID } from '../../../appliance/access/user-settings.ts';
import { BUILT_IN_CODE_NAME } from '../../../appliance/jump/built-in-jumpoint.ts';
import type { Collection, ContractType, References } from './contract-type.ts';

/** Entries that name people. */
export const USER: References = { user_id: { type: 'users', as: 'user' } };
const ROLE: References = { jump_item_role_id: { type: 'jump-item-roles', as: 'jump_item_role' } };

export const JUMP_ITEM_ROLES: ContractType = {
  name: 'jump-item-roles',
  noun: 'Jump Item Role',
  key: 'name',
  operations: {
    index: 'api.config.jump-item-role.index',
    show: 'api.config.jump-item-role.show',
    store: 'api.config.jump-item-role.store',
    update: 'api.config.jump-item-role.update',
    destroy: 'api.config.jump-item-role.destroy',
  },
  fixed: ({ id }) => id === NO_ACCESS_ROLE_ID,
};

export const JUMP_POLICIES: ContractType = {
  name: 'jump-policies',
  noun: 'Jump Policy',
  key: 'code_name',
  operations: {
    index: 'api.config.jump-policy.index',
    show: 'api.config.jump-policy.show',
    store: 'api.config.jump-policy.store',
    update: 'api.config.jump-policy.update',
    destroy: 'api.config.jump-policy.destroy',
  },
  parts: {
    schedule: {
      now: 'api.config.jump-policy.showSchedule',
      update: 'api.config.jump-policy.updateSchedule',
    },
  },
};

const JUMPOINT_MEMBERS: Collection = {
  index: 'api.config.jumpoint.user.index',
  store: 'api.config.jumpoint.user.store',
  destroy: 'api.config.jumpoint.user.destroy',
  key: 'user_id',
  references: USER,
};

/** Programs enrol themselves: a Jumpoint that a file creates waits for its first one. */
export const JUMPOINTS: ContractType = {
  name: 'jumpoints',
  noun: 'Jumpoint',
  key: 'code_name',
  operations: {
    index: 'api.config.jumpoint.index',
    show: 'api.config.jumpoint.show',
    store: 'api.config.jumpoint.store',
    update: 'api.config.jumpoint.update',
    destroy: 'api.config.jumpoint.destroy',
  },
  // Always null: Remote RDP sessions cannot be started yet.
  omit: ['connected', 'rdp_service_account_id'],
  collections: { members: JUMPOINT_MEMBERS },
  fixed: ({ code_name: codeName }) => codeName === BUILT_IN_CODE_NAME,
};

const JUMP_GROUP_MEMBERS: Collection = {
  index: 'api.config.jump-group.user.index',
  store: 'api.config.jump-group.user.store',
  update: 'api.config.jump-group.user.update',
  destroy: 'api.config.jump-group.user.destroy',
  key: 'user_id',
  references: { ...USER, ...ROLE },
};

export const JUMP_GROUPS: ContractType = {
  name: 'jump-groups',
  noun: 'Jump Group',
  key: 'code_name',
  operations: {
    index: 'api.config.jump-group.index',
    show: 'api.config.jump-group.show',
    store: 'api.config.jump-group.store',
    update: 'api.config.jump-group.update',
    destroy: 'api.config.jump-group.destroy',
  },
  omit: ['ecm_group_id'],
  collections: { members: JUMP_GROUP_MEMBERS },
};
