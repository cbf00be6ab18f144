import type { UserService } from '../../../appliance/directory/user-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handlers } from '../../contract/handlers.ts';

const USUAL_LIMIT = 20;

export function userNameHandlers({ users }: { users: UserService }): Partial<Handlers> {
  return {
    'api.config.user-name.index': async (req, res) => {
      const { search, ids, limit } = req.query;
      const names = await users.names(actorOf(req), {
        search,
        ids: ids?.split(',').map(Number),
        limit: limit ?? USUAL_LIMIT,
      });
      res.json(
        names.map((user) => ({
          id: user.id,
          username: user.username,
          public_display_name: user.publicDisplayName,
          private_display_name: user.privateDisplayName,
          enabled: user.enabled,
        })),
      );
    },
  };
}
