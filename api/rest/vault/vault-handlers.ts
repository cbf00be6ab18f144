import { ApplianceError } from '../../../appliance/errors.ts';
import type {
  VaultAccountGroup,
  VaultAccountPolicy,
  VaultDefaults,
} from '../../../appliance/vault/vault-defaults.ts';
import type { AnswerOf, Handler, Handlers, OperationId } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';

type VaultOperation = Extract<OperationId, `api.config.vault.${string}`>;
type OfAccounts =
  | `api.config.vault.account.${'index' | 'store' | 'show' | 'update' | 'destroy' | 'rotate'}`
  | `api.config.vault.account.${'check-out' | 'check-out.index' | 'check-in' | 'force-check-in'}`
  | `api.config.vault.account.user.${string}`
  | 'api.config.vault.activity.index';
type VaultHandlers = {
  [O in Exclude<VaultOperation, OfAccounts | 'api.config.vault.group-policy.copy'>]: Handler<O>;
};

/**
 * Every published operation of the vault, as far as there is anything behind it: the default group, the default
 * policy, and nothing else. What would have to keep something says that this release cannot; it never pretends.
 */
export function vaultHandlers(vault: VaultDefaults): Partial<Handlers> {
  const requireGroup = async (id: number): Promise<VaultAccountGroup> =>
    (await vault.accountGroup(id)) ?? nothing('vault account group', id);
  const requirePolicy = async (id: number): Promise<VaultAccountPolicy> =>
    (await vault.accountPolicy(id)) ?? nothing('vault account policy', id);

  const noAccount: AnyHandler = ({ params }) => nothing('vault account', idIn(params));
  const noEndpoint: AnyHandler = ({ params }) => nothing('vault endpoint', idIn(params));
  const notKept: AnyHandler = () => cannotKeep();
  const emptyList = (req: Parameters<typeof sendPage>[0], res: Parameters<typeof sendPage>[1]) => {
    sendPage(req, res, { items: [], total: 0 });
  };
  const emptyListOfGroup: Handler<'api.config.vault.account-group.user.index'> = async (req, res) => {
    await requireGroup(req.params.id);
    sendPage(req, res, { items: [], total: 0 });
  };
  const changeOfGroup: AnyHandler = async ({ params }) => {
    await requireGroup(idIn(params));
    cannotKeep();
  };
  const noneInGroup =
    (noun: string, parameter: 'user_id' | 'account_id'): AnyHandler =>
    async ({ params }) => {
      await requireGroup(idIn(params));
      nothing(`${noun} of this group`, idIn(params, parameter));
    };

  const handlers: VaultHandlers = {
    'api.config.vault.account.jump-item-association.show': noAccount,
    'api.config.vault.account.jump-item-association.store': noAccount,
    'api.config.vault.account.jump-item-association.update': noAccount,
    'api.config.vault.account.jump-item-association.destroy': noAccount,
    'api.config.vault.account.jump-item-association.jump-item.store': noAccount,
    'api.config.vault.account.jump-item-association.jump-item.destroy': noAccount,
    'api.config.vault.account.jump-item-association.shared-jump-group.store': noAccount,
    'api.config.vault.account.jump-item-association.shared-jump-group.destroy': noAccount,

    'api.config.vault.account-group.index': async (req, res) => {
      const { items, total } = await vault.accountGroups({ name: req.query.name }, pageOf(req.query));
      sendPage(req, res, { items: items.map(toGroup), total });
    },
    'api.config.vault.account-group.store': notKept,
    'api.config.vault.account-group.show': async (req, res) => {
      res.json(toGroup(await requireGroup(req.params.id)));
    },
    'api.config.vault.account-group.update': changeOfGroup,
    'api.config.vault.account-group.destroy': async (req) => {
      await requireGroup(req.params.id);
      throw new ApplianceError('invalid', 'The default vault account group cannot be deleted.');
    },
    'api.config.vault.account-group.user.index': emptyListOfGroup,
    'api.config.vault.account-group.user.store': changeOfGroup,
    'api.config.vault.account-group.user.show': noneInGroup('user', 'user_id'),
    'api.config.vault.account-group.user.update': noneInGroup('user', 'user_id'),
    'api.config.vault.account-group.user.destroy': noneInGroup('user', 'user_id'),
    'api.config.vault.account-group.account.index': emptyListOfGroup,
    'api.config.vault.account-group.account.store': changeOfGroup,
    'api.config.vault.account-group.account.show': noneInGroup('account', 'account_id'),
    'api.config.vault.account-group.account.destroy': noneInGroup('account', 'account_id'),
    'api.config.vault.account-group.jump-item-association.show': async (req, res) => {
      await requireGroup(req.params.id);
      const answer: AnswerOf<'api.config.vault.account-group.jump-item-association.show', 200> = {
        filter_type: 'any_jump_items',
      };
      res.json(answer);
    },
    'api.config.vault.account-group.jump-item-association.update': changeOfGroup,
    'api.config.vault.account-group.jump-item-association.jump-item.store': changeOfGroup,
    'api.config.vault.account-group.jump-item-association.jump-item.destroy': changeOfGroup,
    'api.config.vault.account-group.jump-item-association.shared-jump-group.store': changeOfGroup,
    'api.config.vault.account-group.jump-item-association.shared-jump-group.destroy': changeOfGroup,

    'api.config.vault.account-policy.index': async (req, res) => {
      const filter = { name: req.query.name, codeName: req.query.code_name };
      const { items, total } = await vault.accountPolicies(filter, pageOf(req.query));
      sendPage(req, res, { items: items.map(toPolicy), total });
    },
    'api.config.vault.account-policy.store': notKept,
    'api.config.vault.account-policy.show': async (req, res) => {
      res.json(toPolicy(await requirePolicy(req.params.id)));
    },
    'api.config.vault.account-policy.update': async (req) => {
      await requirePolicy(req.params.id);
      cannotKeep();
    },
    'api.config.vault.account-policy.destroy': async (req) => {
      await requirePolicy(req.params.id);
      throw new ApplianceError('invalid', 'The default vault account policy cannot be deleted.');
    },

    'api.config.vault.endpoint.index': emptyList,
    'api.config.vault.endpoint.list-candidates': noEndpoint,
    'api.config.vault.endpoint.associate': noEndpoint,
  };
  return handlers;
}

/** What fits every operation here: no more of a request is looked at than the ids in its path. */
type AnyHandler = (req: { params: object }) => Promise<void> | void;

/** The contract has checked that it is there. */
function idIn(params: object, name: 'id' | 'user_id' | 'account_id' = 'id'): number {
  return Number((params as Record<string, unknown>)[name]);
}

function toGroup(group: VaultAccountGroup): AnswerOf<'api.config.vault.account-group.show', 200> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    account_policy: group.accountPolicy,
  };
}

function toPolicy(policy: VaultAccountPolicy): AnswerOf<'api.config.vault.account-policy.show', 200> {
  return {
    id: policy.id,
    name: policy.name,
    code_name: policy.codeName,
    description: policy.description,
    auto_rotate_credentials: policy.autoRotateCredentials,
    allow_simultaneous_checkout: policy.allowSimultaneousCheckout,
    scheduled_password_rotation: policy.scheduledPasswordRotation,
    maximum_password_age: policy.maximumPasswordAge,
  };
}

function nothing(noun: string, id: number): never {
  throw new ApplianceError('not_found', `There is no ${noun} with id ${id}.`);
}

function cannotKeep(): never {
  throw new ApplianceError(
    'not_implemented',
    'This release of Bridgehead keeps no vault accounts yet, so nothing of the vault can be made or changed.',
  );
}
