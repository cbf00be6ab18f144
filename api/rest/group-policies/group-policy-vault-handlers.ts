import type { IncomingMessage } from 'node:http';
import type { GroupPolicyService } from '../../../appliance/directory/group-policy-service.ts';
import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type { VaultDefaults } from '../../../appliance/vault/vault-defaults.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handler, Handlers, OperationId } from '../../contract/handlers.ts';

type VaultOperation = Extract<OperationId, `api.config.group-policy.vault-${string}`>;

/** What a group policy would say about the vault: nothing yet, and it says so. */
export function groupPolicyVaultHandlers({
  groupPolicies,
  vault,
}: {
  groupPolicies: GroupPolicyService;
  vault: VaultDefaults;
}): Partial<Handlers> {
  const emptyList: Handler<'api.config.group-policy.vault-account.index'> = async (req, res) => {
    await groupPolicies.show(actorOf(req), req.params.id);
    res.json([]);
  };
  const none =
    (noun: string) =>
    async (req: IncomingMessage & { params: { id: number } }): Promise<void> => {
      await groupPolicies.show(actorOf(req), req.params.id);
      throw new ApplianceError('not_found', `This group policy says nothing about this ${noun}.`);
    };
  const noAccount = none('vault account');
  const noGroup = none('vault account group');
  const handlers: { [O in VaultOperation]: Handler<O> } = {
    'api.config.group-policy.vault-account.index': emptyList,
    'api.config.group-policy.vault-account.store': async (req) => {
      await groupPolicies.show(actorOf(req), req.params.id);
      throw invalidField('account_id', 'There is no vault account with this id.');
    },
    'api.config.group-policy.vault-account.show': noAccount,
    'api.config.group-policy.vault-account.destroy': noAccount,
    'api.config.group-policy.vault-account-group.index': emptyList,
    'api.config.group-policy.vault-account-group.store': async (req) => {
      await groupPolicies.show(actorOf(req), req.params.id);
      if ((await vault.accountGroup(req.body.account_group_id)) === undefined) {
        throw invalidField('account_group_id', 'There is no vault account group with this id.');
      }
      throw new ApplianceError(
        'not_implemented',
        'This release of Bridgehead keeps no vault accounts yet, so nobody can be given any.',
      );
    },
    'api.config.group-policy.vault-account-group.show': noGroup,
    'api.config.group-policy.vault-account-group.destroy': noGroup,
  };
  return handlers;
}
