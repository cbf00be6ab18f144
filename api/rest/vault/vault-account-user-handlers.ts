import type { Response } from 'express';
import type { VaultAccountUser } from '../../../appliance/vault/vault-account.ts';
import {
  revisionOfAccountUser,
  type VaultAccountUserService,
} from '../../../appliance/vault/vault-account-user-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, setRevision } from '../revision.ts';

export function vaultAccountUserHandlers({
  accountUsers,
}: {
  accountUsers: VaultAccountUserService;
}): Partial<Handlers> {
  return {
    'api.config.vault.account.user.index': async (req, res) => {
      const page = await accountUsers.list(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toUser), total: page.total });
    },
    'api.config.vault.account.user.store': async (req, res) => {
      const { user_id: userId, role = 'inject' } = req.body;
      const accountId = req.params.id;
      const grant = await accountUsers.add(actorOf(req), { accountId, userId, role });
      setRevision(res, { revision: revisionOfAccountUser(grant) });
      sendCreated(res, `/vault/account/${accountId}/user/${userId}`, toUser(grant));
    },
    'api.config.vault.account.user.show': async (req, res) => {
      sendUser(res, await accountUsers.show(actorOf(req), req.params.id, req.params.user_id));
    },
    'api.config.vault.account.user.update': async (req, res) => {
      const { id, user_id: userId } = req.params;
      const changes = { userId: req.body.user_id, role: req.body.role };
      sendUser(res, await accountUsers.change(actorOf(req), id, userId, changes, revisionsOf(req)));
    },
    'api.config.vault.account.user.destroy': async (req, res) => {
      const { id, user_id: userId } = req.params;
      await accountUsers.remove(actorOf(req), id, userId, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function sendUser(res: Response, grant: VaultAccountUser): void {
  setRevision(res, { revision: revisionOfAccountUser(grant) });
  res.json(toUser(grant));
}

function toUser({ userId, role }: VaultAccountUser): AnswerOf<'api.config.vault.account.user.show', 200> {
  return { user_id: userId, role };
}
