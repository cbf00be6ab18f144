import { dateTime } from '../../../appliance/date-time.ts';
import type { ScimProvisioning } from '../../../appliance/directory/scim-provisioning.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handlers } from '../../contract/handlers.ts';

const USUAL_LIMIT = 20;

export function scimStandingHandlers(deps: {
  provisioning: ScimProvisioning;
  publicUrl: string;
}): Partial<Handlers> {
  const { provisioning } = deps;
  const baseUrl = `${deps.publicUrl.replace(/\/$/, '')}/api/scim/v2`;
  return {
    'api.config.security-provider.scim.show': async (req, res) => {
      const { users, enabledUsers, groups, lastCall } = await provisioning.standing(
        actorOf(req),
        req.params.id,
      );
      res.json({
        base_url: baseUrl,
        users,
        enabled_users: enabledUsers,
        groups,
        last_call_at: lastCall === null ? null : dateTime(lastCall.at),
        last_api_account: lastCall?.apiAccount ?? '',
      });
    },
    'api.config.security-provider.scim-group.index': async (req, res) => {
      const query = { search: req.query.search ?? '', limit: req.query.limit ?? USUAL_LIMIT };
      const names = await provisioning.groupNames(actorOf(req), req.params.id, query);
      res.json(names.map(({ groupName, ...group }) => ({ ...group, group_name: groupName })));
    },
  };
}
