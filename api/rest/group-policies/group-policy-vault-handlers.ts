import type { PolicyVaultGrant } from '../../../appliance/directory/group-policy-vault.ts';
import type { GroupPolicyVaultService } from '../../../appliance/directory/group-policy-vault-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { sendCreated } from '../../contract/paging.ts';

/** Which accounts of the vault, and groups of them, the members of a group policy may use. */
export function groupPolicyVaultHandlers({
  groupPolicyVault: grants,
}: {
  groupPolicyVault: GroupPolicyVaultService;
}): Partial<Handlers> {
  return {
    'api.config.group-policy.vault-account.index': async (req, res) => {
      const { id } = req.params;
      const list = await grants.list(actorOf(req), id, 'vault_account');
      res.json(list.map((grant) => toAccount(id, grant)));
    },
    'api.config.group-policy.vault-account.store': async (req, res) => {
      const { id } = req.params;
      const { account_id: accountId, role } = req.body;
      const wanted = { id: accountId, role: role ?? 'inject' };
      const grant = await grants.add(actorOf(req), id, 'vault_account', wanted);
      sendCreated(res, `/group-policy/${id}/vault-account/${accountId}`, toAccount(id, grant));
    },
    'api.config.group-policy.vault-account.show': async (req, res) => {
      const { id, account_id: accountId } = req.params;
      res.json(toAccount(id, await grants.show(actorOf(req), id, 'vault_account', accountId)));
    },
    'api.config.group-policy.vault-account.destroy': async (req, res) => {
      await grants.remove(actorOf(req), req.params.id, 'vault_account', req.params.account_id);
      res.status(200).end();
    },

    'api.config.group-policy.vault-account-group.index': async (req, res) => {
      const { id } = req.params;
      const list = await grants.list(actorOf(req), id, 'vault_account_group');
      res.json(list.map((grant) => toGroup(id, grant)));
    },
    'api.config.group-policy.vault-account-group.store': async (req, res) => {
      const { id } = req.params;
      const { account_group_id: groupId, role } = req.body;
      const wanted = { id: groupId, role: role ?? 'inject' };
      const grant = await grants.add(actorOf(req), id, 'vault_account_group', wanted);
      sendCreated(res, `/group-policy/${id}/vault-account-group/${groupId}`, toGroup(id, grant));
    },
    'api.config.group-policy.vault-account-group.show': async (req, res) => {
      const { id, account_group_id: groupId } = req.params;
      res.json(toGroup(id, await grants.show(actorOf(req), id, 'vault_account_group', groupId)));
    },
    'api.config.group-policy.vault-account-group.destroy': async (req, res) => {
      await grants.remove(actorOf(req), req.params.id, 'vault_account_group', req.params.account_group_id);
      res.status(200).end();
    },
  };
}

function toAccount(
  policyId: number,
  { id, role }: PolicyVaultGrant,
): AnswerOf<'api.config.group-policy.vault-account.show', 200> {
  return { group_policy_id: policyId, account_id: id, role };
}

function toGroup(
  policyId: number,
  { id, role }: PolicyVaultGrant,
): AnswerOf<'api.config.group-policy.vault-account-group.show', 200> {
  return { group_policy_id: policyId, account_group_id: id, role };
}
