import type { VaultAccountPolicy } from '../../../appliance/vault/vault-account-policy.ts';
import type { VaultAccountPolicyService } from '../../../appliance/vault/vault-account-policy-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function vaultAccountPolicyHandlers({
  vaultAccountPolicies: policies,
}: {
  vaultAccountPolicies: VaultAccountPolicyService;
}): Partial<Handlers> {
  return {
    'api.config.vault.account-policy.index': async (req, res) => {
      const { name, code_name: codeName, search } = req.query;
      const page = await policies.list(actorOf(req), { name, codeName, search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toPolicy), total: page.total });
    },
    'api.config.vault.account-policy.store': async (req, res) => {
      const policy = await policies.create(actorOf(req), { ...fromBody(req.body), name: req.body.name });
      setRevision(res, policy);
      sendCreated(res, `/vault/account-policy/${policy.id}`, toPolicy(policy));
    },
    'api.config.vault.account-policy.show': async (req, res) => {
      sendRevised(res, await policies.show(actorOf(req), req.params.id), toPolicy);
    },
    'api.config.vault.account-policy.update': async (req, res) => {
      const changes = fromBody(req.body);
      sendRevised(
        res,
        await policies.update(actorOf(req), req.params.id, changes, revisionsOf(req)),
        toPolicy,
      );
    },
    'api.config.vault.account-policy.destroy': async (req, res) => {
      await policies.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function fromBody(body: BodyOf<'api.config.vault.account-policy.update'>) {
  return {
    name: body.name,
    codeName: body.code_name,
    description: body.description,
    autoRotateCredentials: body.auto_rotate_credentials,
    allowSimultaneousCheckout: body.allow_simultaneous_checkout,
    scheduledPasswordRotation: body.scheduled_password_rotation,
    maximumPasswordAge: body.maximum_password_age,
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
