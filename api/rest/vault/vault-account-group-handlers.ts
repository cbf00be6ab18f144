import {
  revisionOfGrant,
  type VaultAccountGroup,
  type VaultAccountGroupUser,
} from '../../../appliance/vault/vault-account-group.ts';
import type { VaultAccountGroupService } from '../../../appliance/vault/vault-account-group-service.ts';
import type { VaultGroupContentService } from '../../../appliance/vault/vault-group-content-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function vaultAccountGroupHandlers({
  vaultAccountGroups: groups,
  vaultGroupContents: contents,
}: {
  vaultAccountGroups: VaultAccountGroupService;
  vaultGroupContents: VaultGroupContentService;
}): Partial<Handlers> {
  return {
    'api.config.vault.account-group.index': async (req, res) => {
      const { name, search } = req.query;
      const page = await groups.list(actorOf(req), { name, search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toGroup), total: page.total });
    },
    'api.config.vault.account-group.store': async (req, res) => {
      const { name, description, account_policy: accountPolicy } = req.body;
      const group = await groups.create(actorOf(req), { name, description, accountPolicy });
      setRevision(res, group);
      sendCreated(res, `/vault/account-group/${group.id}`, toGroup(group));
    },
    'api.config.vault.account-group.show': async (req, res) => {
      sendRevised(res, await groups.show(actorOf(req), req.params.id), toGroup);
    },
    'api.config.vault.account-group.update': async (req, res) => {
      const { name, description, account_policy: accountPolicy } = req.body;
      const changes = { name, description, accountPolicy };
      sendRevised(res, await groups.update(actorOf(req), req.params.id, changes, revisionsOf(req)), toGroup);
    },
    'api.config.vault.account-group.destroy': async (req, res) => {
      await groups.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },

    'api.config.vault.account-group.user.index': async (req, res) => {
      const page = await contents.users(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toUser), total: page.total });
    },
    'api.config.vault.account-group.user.store': async (req, res) => {
      const { id: accountGroupId } = req.params;
      const { user_id: userId, role = 'inject' } = req.body;
      const grant = await contents.addUser(actorOf(req), { accountGroupId, userId, role });
      setRevision(res, { revision: revisionOfGrant(grant) });
      sendCreated(res, `/vault/account-group/${accountGroupId}/user/${userId}`, toUser(grant));
    },
    'api.config.vault.account-group.user.show': async (req, res) => {
      const { id, user_id: userId } = req.params;
      sendUser(res, await contents.user(actorOf(req), id, userId));
    },
    'api.config.vault.account-group.user.update': async (req, res) => {
      const { id, user_id: userId } = req.params;
      const { role } = req.body;
      sendUser(res, await contents.changeUser(actorOf(req), id, userId, { role }, revisionsOf(req)));
    },
    'api.config.vault.account-group.user.destroy': async (req, res) => {
      const { id, user_id: userId } = req.params;
      await contents.removeUser(actorOf(req), id, userId, revisionsOf(req));
      res.status(204).end();
    },

    'api.config.vault.account-group.account.index': async (req, res) => {
      const { id } = req.params;
      const page = await contents.accounts(actorOf(req), id, pageOf(req.query));
      sendPage(req, res, {
        items: page.items.map((accountId) => toMember(id, accountId)),
        total: page.total,
      });
    },
    'api.config.vault.account-group.account.store': async (req, res) => {
      const { id } = req.params;
      const { account_id: accountId } = req.body;
      await contents.addAccount(actorOf(req), id, accountId);
      sendCreated(res, `/vault/account-group/${id}/account/${accountId}`, toMember(id, accountId));
    },
    'api.config.vault.account-group.account.show': async (req, res) => {
      const { id, account_id: accountId } = req.params;
      await contents.requireAccount(actorOf(req), id, accountId);
      res.json(toMember(id, accountId));
    },
    'api.config.vault.account-group.account.destroy': async (req, res) => {
      await contents.removeAccount(actorOf(req), req.params.id, req.params.account_id);
      res.status(204).end();
    },
  };
}

function toGroup(group: VaultAccountGroup): AnswerOf<'api.config.vault.account-group.show', 200> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    account_policy: group.accountPolicy,
  };
}

function sendUser(res: Parameters<typeof setRevision>[0], grant: VaultAccountGroupUser): void {
  setRevision(res, { revision: revisionOfGrant(grant) });
  res.json(toUser(grant));
}

function toUser(grant: VaultAccountGroupUser): AnswerOf<'api.config.vault.account-group.user.show', 200> {
  return { user_id: grant.userId, account_group_id: grant.accountGroupId, role: grant.role };
}

function toMember(
  groupId: number,
  accountId: number,
): AnswerOf<'api.config.vault.account-group.account.show', 200> {
  return { account_id: accountId, account_group_id: groupId };
}
