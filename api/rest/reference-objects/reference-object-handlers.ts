import {
  LOCAL_SECURITY_PROVIDER,
  type SecurityProvider,
} from '../../../appliance/directory/security-provider.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import type { Stores } from '../../../appliance/stores.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';

/** The objects that can only be looked at: roles, session policies, portals, security providers. */
export function referenceObjectHandlers({
  stores: { jumpItemRoles, sessionPolicies, publicPortals },
}: {
  stores: Pick<Stores, 'jumpItemRoles' | 'sessionPolicies' | 'publicPortals'>;
}): Partial<Handlers> {
  return {
    'api.config.jump-item-role.index': async (req, res) => {
      sendPage(req, res, await jumpItemRoles.find({ name: req.query.name }, pageOf(req.query)));
    },
    'api.config.jump-item-role.show': async (req, res) => {
      const role = await jumpItemRoles.findById(req.params.id);
      if (role === undefined) throw nothing('Jump Item Role', req.params.id);
      const answer: AnswerOf<'api.config.jump-item-role.show', 200> = role;
      res.json(answer);
    },
    'api.config.session-policy.index': async (req, res) => {
      const { items, total } = await sessionPolicies.find(pageOf(req.query));
      const answers: AnswerOf<'api.config.session-policy.index', 200> = items.map((policy) => ({
        id: policy.id,
        display_name: policy.displayName,
        code_name: policy.codeName,
        description: policy.description,
      }));
      sendPage(req, res, { items: answers, total });
    },
    'api.config.public-portal.index': async (req, res) => {
      const { items, total } = await publicPortals.find(pageOf(req.query));
      const answers: AnswerOf<'api.config.public-portal.index', 200> = items.map(
        ({ id, name, hostname }) => ({
          id,
          name,
          addresses: hostname === '' ? [] : [hostname],
        }),
      );
      sendPage(req, res, { items: answers, total });
    },
    'api.config.security-provider.index': (req, res) => {
      const { offset } = pageOf(req.query);
      const items = offset === 0 ? [toProvider(LOCAL_SECURITY_PROVIDER)] : [];
      sendPage(req, res, { items, total: 1 });
    },
    'api.config.security-provider.show': (req, res) => {
      if (req.params.id !== LOCAL_SECURITY_PROVIDER.id) throw nothing('security provider', req.params.id);
      const answer: AnswerOf<'api.config.security-provider.show', 200> = {
        ...toProvider(LOCAL_SECURITY_PROVIDER),
        priority: LOCAL_SECURITY_PROVIDER.priority,
        default_policy: LOCAL_SECURITY_PROVIDER.defaultPolicy,
      };
      res.json(answer);
    },
  };
}

function toProvider(provider: SecurityProvider): AnswerOf<'api.config.security-provider.index', 200>[number] {
  return {
    id: provider.id,
    type: provider.type,
    name: provider.name,
    enabled: provider.enabled,
    user_authentication: provider.userAuthentication,
    group_lookup: provider.groupLookup,
  };
}

function nothing(noun: string, id: number): ApplianceError {
  return new ApplianceError('not_found', `There is no ${noun} with id ${id}.`);
}
