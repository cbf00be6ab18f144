import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import type { AssociationRule } from '../../../appliance/vault/association-rule.ts';
import { DEFAULT_ACCOUNT_GROUP_ID } from '../../../appliance/vault/vault-account.ts';
import { DEFAULT_ACCOUNT_POLICY_ID } from '../../../appliance/vault/vault-account-policy.ts';
import { toAccount } from '../vault/vault-account-handlers.ts';
import type { Answer, Collection, ContractType, Part, Reference, References } from './contract-type.ts';
import { isFields, refusedField } from './field-names.ts';
import { USER } from './jump-types.ts';

const POLICY: Reference = { type: 'vault-account-policies', as: 'account_policy', keyed: true };
const JUMP_GROUPS: References = { shared_jump_groups: { type: 'jump-groups', as: 'shared_jump_groups' } };
const CRITERIA = ['shared_jump_groups', 'host', 'name', 'tag', 'comment'] as const;

export const VAULT_ACCOUNT_POLICIES: ContractType = {
  name: 'vault-account-policies',
  noun: 'vault account policy',
  key: 'code_name',
  operations: {
    index: 'api.config.vault.account-policy.index',
    show: 'api.config.vault.account-policy.show',
    store: 'api.config.vault.account-policy.store',
    update: 'api.config.vault.account-policy.update',
    destroy: 'api.config.vault.account-policy.destroy',
  },
  fixed: ({ id }) => id === DEFAULT_ACCOUNT_POLICY_ID,
};

export const VAULT_ENDPOINTS: ContractType = {
  name: 'vault-endpoints',
  noun: 'vault endpoint',
  key: 'name',
  operations: {
    index: 'api.config.vault.endpoint.index',
    show: 'api.config.vault.endpoint.show',
    store: 'api.config.vault.endpoint.store',
    update: 'api.config.vault.endpoint.update',
    destroy: 'api.config.vault.endpoint.destroy',
  },
  references: { jumpoint_id: { type: 'jumpoints', as: 'jumpoint' } },
};

/**
 * An association as files have it: the filter, and of the criteria the lists that are not empty. Jump Items that are
 * listed one by one are left as they are: like the items themselves they are no configuration.
 */
const association = {
  references: JUMP_GROUPS,
  toFile: (value: Value): Value => {
    if (!isFields(value)) return value;
    const { filter_type: filter, ...lists } = value;
    if (filter !== 'criteria') return { filter_type: filter! };
    const filled = CRITERIA.filter((list) => (lists[list] as readonly Value[]).length > 0);
    return { filter_type: filter, criteria: Object.fromEntries(filled.map((list) => [list, lists[list]!])) };
  },
  fromFile: (value: Value): Value => {
    if (!isFields(value)) throw refusedField('', 'association must have a filter_type.');
    const { filter_type: filter, criteria, ...others } = value;
    const [stranger] = Object.keys(others);
    if (stranger !== undefined) throw refusedField(stranger, `An association has no ${stranger}.`);
    if (criteria === undefined) return { filter_type: filter ?? null };
    if (filter !== 'criteria' || !isFields(criteria)) {
      throw refusedField('criteria', 'Only with the filter_type criteria there are criteria.');
    }
    for (const [list, entries] of Object.entries(criteria)) {
      if (!CRITERIA.some((known) => known === list)) {
        throw refusedField(`criteria.${list}`, `Criteria have no ${list}.`);
      }
      if (Array.isArray(entries) && entries.length > 0) continue;
      throw refusedField(`criteria.${list}`, `criteria.${list} is a list. Leave it out when it is empty.`);
    }
    return { filter_type: filter, ...criteria };
  },
  toRequest: (value: Value): Answer => {
    const { filter_type: filter, ...lists } = value as Fields;
    if (filter !== 'criteria') return { filter_type: filter ?? null };
    return {
      filter_type: filter,
      criteria: Object.fromEntries(CRITERIA.map((list) => [list, lists[list] ?? []])),
    };
  },
} satisfies Partial<Part>;

function associationAnswer(rule: AssociationRule): Answer {
  const { filterType, sharedJumpGroupIds, host, name, tag, comment } = rule;
  if (filterType !== 'criteria') return { filter_type: filterType };
  return { filter_type: filterType, shared_jump_groups: sharedJumpGroupIds, host, name, tag, comment };
}

const GROUP_MEMBERS: Collection = {
  index: 'api.config.vault.account-group.user.index',
  store: 'api.config.vault.account-group.user.store',
  update: 'api.config.vault.account-group.user.update',
  destroy: 'api.config.vault.account-group.user.destroy',
  key: 'user_id',
  references: USER,
  omit: ['account_group_id'],
};

export const VAULT_ACCOUNT_GROUPS: ContractType = {
  name: 'vault-account-groups',
  noun: 'vault account group',
  key: 'name',
  operations: {
    index: 'api.config.vault.account-group.index',
    show: 'api.config.vault.account-group.show',
    store: 'api.config.vault.account-group.store',
    update: 'api.config.vault.account-group.update',
    destroy: 'api.config.vault.account-group.destroy',
  },
  rows: async ({ vaultAccountGroups, vaultAssociations }, page) => {
    const { items } = await vaultAccountGroups.find({}, page);
    const rules = await vaultAssociations.ofOwners(
      'account_group',
      items.map(({ id }) => id),
    );
    return items.map(({ id, name, description, accountPolicy }) => ({
      id,
      name,
      description,
      account_policy: accountPolicy,
      association: associationAnswer(rules.get(id)!),
    }));
  },
  references: { account_policy: POLICY },
  parts: {
    association: {
      ...association,
      now: (answer) => answer.association!,
      update: 'api.config.vault.account-group.jump-item-association.update',
    },
  },
  collections: { users: GROUP_MEMBERS },
  fixed: ({ id }) => id === DEFAULT_ACCOUNT_GROUP_ID,
};

const isKey = (type: Value | undefined) => type === 'ssh' || type === 'ssh_ca';

/**
 * Shared accounts without their secrets. A new one gets its first secret from the environment; from then on the vault
 * keeps it and changes it.
 */
export const VAULT_ACCOUNTS: ContractType = {
  name: 'vault-accounts',
  noun: 'vault account',
  key: 'code_name',
  operations: {
    index: 'api.config.vault.account.index',
    show: 'api.config.vault.account.show',
    store: 'api.config.vault.account.store',
    update: 'api.config.vault.account.update',
    destroy: 'api.config.vault.account.destroy',
  },
  rows: async ({ vaultAccounts, vaultAssociations }, page) => {
    const { items } = await vaultAccounts.find({ includePersonal: false }, page);
    const rules = await vaultAssociations.ofOwners(
      'account',
      items.map(({ id }) => id),
    );
    return items.map((account) => {
      const rule = rules.get(account.id);
      return { ...toAccount(account), association: rule === undefined ? null : associationAnswer(rule) };
    });
  },
  firstSecrets: {
    password: {
      of: ({ type }) => type === 'username_password',
      neededBy: ({ type }) => type === 'username_password',
    },
    token: { of: ({ type }) => type === 'opaque_token', neededBy: ({ type }) => type === 'opaque_token' },
    // An authority without one gets a new pair.
    private_key: { of: ({ type }) => isKey(type ?? null), neededBy: ({ type }) => type === 'ssh' },
    private_key_passphrase: { of: ({ type }) => isKey(type ?? null), neededBy: () => false },
  },
  references: {
    account_group_id: { type: 'vault-account-groups', as: 'account_group' },
    account_policy: POLICY,
    endpoint_id: { type: 'vault-endpoints', as: 'endpoint' },
  },
  parts: {
    association: {
      references: association.references,
      now: (answer) => answer.association ?? null,
      update: 'api.config.vault.account.jump-item-association.update',
      toFile: association.toFile,
      // None of its own: that of its group holds.
      fromFile: (value) => (value === null ? {} : association.fromFile(value)),
      toRequest: (value, inFile) => (inFile === null ? {} : association.toRequest(value)),
      change: async (call, _, body, inFile) => {
        const inherits = await call('api.config.vault.account.jump-item-association.show').then(
          () => false,
          (error: unknown) => {
            if (error instanceof ApplianceError && error.code === 'invalid') return true;
            throw error;
          },
        );
        if (inFile !== null) {
          await call(`api.config.vault.account.jump-item-association.${inherits ? 'store' : 'update'}`, body);
        } else if (!inherits) {
          await call('api.config.vault.account.jump-item-association.destroy');
        }
      },
    },
  },
  collections: {
    users: {
      index: 'api.config.vault.account.user.index',
      store: 'api.config.vault.account.user.store',
      update: 'api.config.vault.account.user.update',
      destroy: 'api.config.vault.account.user.destroy',
      key: 'user_id',
      references: USER,
    },
  },
};

/** What of the vault a group policy lets its members use. */
export const POLICY_VAULT_GRANTS: Readonly<Record<string, Collection>> = {
  vault_accounts: {
    index: 'api.config.group-policy.vault-account.index',
    unpaged: true,
    store: 'api.config.group-policy.vault-account.store',
    destroy: 'api.config.group-policy.vault-account.destroy',
    key: 'account_id',
    references: { account_id: { type: 'vault-accounts', as: 'vault_account' } },
    omit: ['group_policy_id'],
  },
  vault_account_groups: {
    index: 'api.config.group-policy.vault-account-group.index',
    unpaged: true,
    store: 'api.config.group-policy.vault-account-group.store',
    destroy: 'api.config.group-policy.vault-account-group.destroy',
    key: 'account_group_id',
    references: { account_group_id: { type: 'vault-account-groups', as: 'vault_account_group' } },
    omit: ['group_policy_id'],
  },
};
