import { dateTime } from '../../../appliance/date-time.ts';
import {
  isPersonal,
  type ListedVaultAccount,
  type VaultAccount,
} from '../../../appliance/vault/vault-account.ts';
import type { VaultAccountService } from '../../../appliance/vault/vault-account-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function vaultAccountHandlers({ accounts }: { accounts: VaultAccountService }): Partial<Handlers> {
  return {
    'api.config.vault.account.index': async (req, res) => {
      const { type, name, search, include_personal: includePersonal = false } = req.query;
      const { account_group_id: accountGroupId, endpoint_id: endpointId } = req.query;
      const filter = { type, name, search, includePersonal, accountGroupId, endpointId };
      const page = await accounts.list(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toListed), total: page.total });
    },
    'api.config.vault.account.store': async (req, res) => {
      const { type, name } = req.body;
      const account = await accounts.create(actorOf(req), { ...accountInput(req.body), type, name });
      setRevision(res, account);
      sendCreated(res, `/vault/account/${account.id}`, toAccount(account));
    },
    'api.config.vault.account.show': async (req, res) => {
      sendRevised(res, await accounts.show(actorOf(req), req.params.id), toAccount);
    },
    'api.config.vault.account.update': async (req, res) => {
      const changes = accountInput(req.body);
      sendRevised(
        res,
        await accounts.update(actorOf(req), req.params.id, changes, revisionsOf(req)),
        toAccount,
      );
    },
    'api.config.vault.account.destroy': async (req, res) => {
      await accounts.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

type AccountBody = BodyOf<'api.config.vault.account.update'>;

/** What a request says of an account, in the words of the vault. */
export function accountInput(body: AccountBody) {
  return {
    type: body.type,
    name: body.name,
    codeName: body.code_name,
    username: body.username,
    password: body.password,
    token: body.token,
    privateKey: body.private_key,
    privateKeyPassphrase: body.private_key_passphrase,
    publicCert: body.private_key_public_cert,
    description: body.description,
    accountGroupId: body.account_group_id,
    accountPolicy: body.account_policy,
    endpointId: body.endpoint_id,
  };
}

/** Fields that depend on whose account it is. */
function ownership(account: VaultAccount) {
  if (isPersonal(account)) return { personal: true, owner_user_id: account.ownerUserId! };
  return {
    last_checkout_timestamp: dateTimeOrNull(account.lastCheckoutAt),
    personal: false,
    code_name: account.codeName,
    account_group_id: account.accountGroupId!,
  };
}

/** What every type has. */
function toListed(account: ListedVaultAccount): AnswerOf<'api.config.vault.account.index', 200>[number] {
  return {
    id: account.id,
    type: account.type,
    name: account.name,
    description: account.description,
    ...ownership(account),
    account_policy: account.accountPolicy,
    username: account.username,
    endpoint_id: account.endpointId,
    secret_changed_timestamp: dateTime(account.secretChangedAt),
    checked_out_by: isPersonal(account) ? [] : account.checkedOutBy,
    rotation_state: account.rotationState ?? 'none',
  };
}

/** The object of the account's type. */
export function toAccount(account: VaultAccount): AnswerOf<'api.config.vault.account.show', 200> {
  const { id, type, name, username } = account;
  const shared = {
    description: account.description,
    ...ownership(account),
    account_policy: account.accountPolicy,
    endpoint_id: account.endpointId,
    secret_changed_timestamp: dateTimeOrNull(account.secretChangedAt)!,
  };
  switch (type) {
    case 'username_password':
      return { id, type, name, username, ...shared };
    case 'opaque_token':
      return { id, type, name, ...shared };
    default:
      return {
        id,
        type,
        name,
        username,
        public_key: account.publicKey,
        private_key_public_cert: account.publicCert,
        private_key_passphrase_set: account.hasPassphrase,
        ...shared,
      };
  }
}
