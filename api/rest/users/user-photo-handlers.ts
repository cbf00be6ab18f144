import { requireConfiguration } from '../../../appliance/access/configuration-rights.ts';
import type { ProvisionedUsers } from '../../../appliance/directory/provisioned-users.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handlers } from '../../contract/handlers.ts';

/** Pictures that security providers handed on. */
export function userPhotoHandlers({
  provisionedUsers,
}: {
  provisionedUsers: Pick<ProvisionedUsers, 'photoOf'>;
}): Partial<Handlers> {
  const photoOf = async (userId: number) => {
    const photo = await provisionedUsers.photoOf(userId);
    if (photo === undefined) throw new ApplianceError('not_found', 'There is no picture.');
    return { mediaType: photo.mediaType, content: Buffer.from(photo.content) };
  };
  return {
    'api.config.user.photo': async (req, res) => {
      requireConfiguration(actorOf(req));
      const { mediaType, content } = await photoOf(req.params.id);
      res.type(mediaType).send(content);
    },
    'api.config.me.photo': async (req, res) => {
      const actor = actorOf(req);
      if (actor.kind !== 'user') throw new Error('The gate let an API account into a route for people');
      const { mediaType, content } = await photoOf(actor.userId);
      res.type(mediaType).send(content);
    },
  };
}
