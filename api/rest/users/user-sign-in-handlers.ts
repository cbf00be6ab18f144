import type {
  SignInOversightService,
  UserSignInState,
} from '../../../appliance/access/sign-in-oversight-service.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

export function userSignInHandlers({ oversight }: { oversight: SignInOversightService }): Partial<Handlers> {
  return {
    'api.config.user.sign-in.show': async (req, res) => {
      res.json(toState(await oversight.show(actorOf(req), req.params.id)));
    },
    'api.config.user.sign-in.update': async (req, res) => {
      const { network_restriction: mode, networks = [] } = req.body;
      const restriction = mode === undefined || mode === 'site' ? undefined : { mode, networks };
      res.json(toState(await oversight.restrict(actorOf(req), req.params.id, restriction)));
    },
    'api.config.user.sign-in.destroy': async (req, res) => {
      await oversight.endAll(actorOf(req), req.params.id);
      res.status(204).end();
    },
    'api.config.representative-license.show': async (req, res) => {
      const { licenses, holders } = await oversight.licenses(actorOf(req));
      res.json({
        licenses,
        used: holders.length,
        holders: holders.map((holder) => ({
          user_id: holder.userId,
          name: holder.name,
          invited: holder.invited,
          address: holder.address,
          since: dateTime(holder.since),
          last_seen_at: dateTime(holder.lastSeenAt),
        })),
      });
    },
  };
}

function toState({
  failures,
  restriction,
  signIns,
}: UserSignInState): AnswerOf<'api.config.user.sign-in.show', 200> {
  return {
    network_restriction: restriction?.mode ?? 'site',
    networks: [...(restriction?.networks ?? [])],
    failures: failures.map((counter) => ({
      source: counter.source.startsWith('device ') ? 'known device' : counter.source,
      failures: counter.failures,
      last_failure_at: dateTime(counter.lastFailureAt),
      blocked_until:
        counter.blockedUntil !== undefined && counter.blockedUntil.getTime() > Date.now()
          ? dateTime(counter.blockedUntil)
          : null,
    })),
    sign_ins: signIns.map((signIn) => ({
      kind: signIn.kind,
      address: signIn.address,
      user_agent: signIn.userAgent,
      created_at: dateTime(signIn.createdAt),
      last_seen_at: dateTime(signIn.lastSeenAt),
      expires_at: dateTime(signIn.expiresAt),
    })),
  };
}
