import type { UserActor } from '../../appliance/actor.ts';
import { dateTime } from '../../appliance/date-time.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import type { LaunchResolution, LaunchService } from '../../appliance/jump/launch-service.ts';
import { actorOf } from '../access/access-gate.ts';
import type { AnswerOf, ContractRequest, Handlers } from '../contract/handlers.ts';
import { toSummary } from '../rest/jump-items/jump-item-wire.ts';

/** What a command or launch token would do, and making such tokens. */
export function launchHandlers({
  launches,
  publicUrl,
}: {
  launches: LaunchService;
  publicUrl: string;
}): Partial<Handlers> {
  return {
    'api.config.launch': async (req, res) => {
      const actor = representativeOf(req);
      const resolution =
        'launch_token' in req.body && req.body.launch_token !== undefined
          ? await launches.redeem(actor, req.body.launch_token)
          : await launches.resolve(actor, req.body.parameters ?? { action: '' });
      res.json(toResult(resolution));
    },

    'api.config.launch-token.store': async (req, res) => {
      const { token, expiresAt } = await launches.mintToken(
        actorOf(req),
        req.body.user_id,
        req.body.parameters,
      );
      res.status(201).json({
        launch_token: token,
        url: `${publicUrl}/console?launch_token=${token}`,
        expires_at: dateTime(expiresAt),
      });
    },
  };
}

function representativeOf(req: ContractRequest<'api.config.launch'>): UserActor {
  const actor = actorOf(req);
  if (actor.kind !== 'user')
    throw new ApplianceError('forbidden', 'Only a signed-in representative can launch.');
  return actor;
}

function toResult(resolution: LaunchResolution): AnswerOf<'api.config.launch', 200> {
  const { command, adHoc } = resolution;
  return {
    action: command.action,
    hits: resolution.hits,
    items: resolution.items.map(toSummary),
    total: resolution.total,
    ad_hoc:
      adHoc === undefined
        ? null
        : {
            type: 'shell_jump',
            ...(adHoc.jumpoint === undefined ? {} : { jumpoint_id: adHoc.jumpoint.id }),
            ...adHoc.shell,
          },
    jumpoints: resolution.jumpoints.map(({ id, name }) => ({ id, name })),
    external_key: command.externalKey,
    ticket_id: command.parameters.ticket_id ?? '',
    credential: resolution.credential ?? null,
    custom_attributes: { ...command.customAttributes },
    start_at_once: resolution.startAtOnce,
    message: resolution.message,
  };
}
