import type { VaultAccessSource } from '../../../appliance/vault/effective-vault-access.ts';
import type { EffectiveVaultAccessService } from '../../../appliance/vault/effective-vault-access-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';

type SourceAnswer = AnswerOf<'api.config.vault.account.effective-user.index', 200>[number]['sources'][number];

/** Who may use which vault account in the end, from both ends. */
export function effectiveVaultAccessHandlers({
  effectiveAccess,
}: {
  effectiveAccess: EffectiveVaultAccessService;
}): Partial<Handlers> {
  return {
    'api.config.vault.account.effective-user.index': async (req, res) => {
      const { search, role } = req.query;
      const page = await effectiveAccess.people(
        actorOf(req),
        req.params.id,
        { search, role },
        pageOf(req.query),
      );
      sendPage(req, res, {
        items: page.items.map((person) => ({
          user_id: person.userId,
          username: person.username,
          public_display_name: person.publicDisplayName,
          private_display_name: person.privateDisplayName,
          enabled: person.enabled,
          role: person.role,
          sources: person.sources.map(toSource),
        })),
        total: page.total,
      });
    },
    'api.config.user.vault-account.index': async (req, res) => {
      const { search, role } = req.query;
      const page = await effectiveAccess.accounts(
        actorOf(req),
        req.params.id,
        { search, role },
        pageOf(req.query),
      );
      sendPage(req, res, {
        items: page.items.map((account) => ({
          account_id: account.accountId,
          name: account.name,
          type: account.type,
          username: account.username,
          personal: account.ownerUserId !== null,
          account_group: account.accountGroup ?? null,
          role: account.role,
          sources: account.sources.map(toSource),
        })),
        total: page.total,
      });
    },
  };
}

function toSource({ grantedOn, role, groupPolicy }: VaultAccessSource): SourceAnswer {
  return { granted_on: grantedOn, role, group_policy: groupPolicy ?? null };
}
