import type { PasskeyService } from '../../../appliance/access/passkey-service.ts';
import { MOST_PASSKEYS, type Passkey } from '../../../appliance/access/second-factor.ts';
import type { SecondFactorService } from '../../../appliance/access/second-factor-service.ts';
import type { TotpService } from '../../../appliance/access/totp-service.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { actorOf, personOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { dateTimeOrNull } from '../date-times.ts';

export interface SecondFactorHandlerServices {
  secondFactors: SecondFactorService;
  totp: TotpService;
  passkeys: PasskeyService;
}

/** People and their own second factors, and the reset by administrators. */
export function secondFactorHandlers(services: SecondFactorHandlerServices): Partial<Handlers> {
  const { secondFactors, totp, passkeys } = services;
  return {
    'api.config.me.second-factor.show': async (req, res) => {
      const overview = await secondFactors.overview(personOf(req));
      res.json({
        required: overview.required,
        methods: overview.methods,
        proof_wanted: overview.proofWanted,
        totp: overview.totp
          ? {
              confirmed_at: dateTime(overview.totp.confirmedAt),
              last_used_at: dateTimeOrNull(overview.totp.lastUsedAt),
            }
          : null,
        recovery_codes_left: overview.recoveryCodesLeft,
        passkeys: overview.passkeys,
        passkeys_most: MOST_PASSKEYS,
        passkeys_unavailable: overview.passkeysUnavailable ?? null,
      } satisfies AnswerOf<'api.config.me.second-factor.show', 200>);
    },
    'api.config.me.second-factor.options': async (req, res) => {
      res.json(await secondFactors.verifyOptions(personOf(req)));
    },
    'api.config.me.second-factor.verify': async (req, res) => {
      const { method, minutes } = await secondFactors.verify(personOf(req), req.body);
      res.json({ method, expires_in: minutes * 60 });
    },
    'api.config.me.totp.store': async (req, res) => {
      const { secret, uri, expiresAt } = await totp.begin(personOf(req));
      res.status(201).json({ secret, uri, expires_at: dateTime(expiresAt) });
    },
    'api.config.me.totp.confirm': async (req, res) => {
      const { recoveryCodes } = await totp.confirm(personOf(req), req.body.code);
      res.json({ ...(recoveryCodes !== undefined && { recovery_codes: recoveryCodes }) });
    },
    'api.config.me.totp.destroy': async (req, res) => {
      await totp.remove(personOf(req));
      res.status(204).end();
    },
    'api.config.me.recovery-code.store': async (req, res) => {
      res.status(201).json({ recovery_codes: await secondFactors.newRecoveryCodes(personOf(req)) });
    },
    'api.config.me.passkey.index': async (req, res) => {
      res.json((await passkeys.list(personOf(req))).map(toPasskey));
    },
    'api.config.me.passkey.options': async (req, res) => {
      res.json(await passkeys.registrationOptions(personOf(req)));
    },
    'api.config.me.passkey.store': async (req, res) => {
      const { name, passkey: answer } = req.body;
      const { passkey, recoveryCodes } = await passkeys.register(personOf(req), { name, answer });
      res.status(201).json({
        passkey: toPasskey(passkey),
        ...(recoveryCodes !== undefined && { recovery_codes: recoveryCodes }),
      });
    },
    'api.config.me.passkey.update': async (req, res) => {
      const { id } = req.params;
      const { name } = req.body;
      res.json(toPasskey(await passkeys.rename(personOf(req), id, name ?? '')));
    },
    'api.config.me.passkey.destroy': async (req, res) => {
      await passkeys.remove(personOf(req), req.params.id);
      res.status(204).end();
    },
    'api.config.user.second-factor.destroy': async (req, res) => {
      await secondFactors.reset(actorOf(req), req.params.id);
      res.status(204).end();
    },
  };
}

function toPasskey(passkey: Passkey): AnswerOf<'api.config.me.passkey.update', 200> {
  return {
    id: passkey.id,
    name: passkey.name,
    created_at: dateTime(passkey.createdAt),
    last_used_at: dateTimeOrNull(passkey.lastUsedAt),
    backed_up: passkey.backedUp,
    blocked: passkey.cloneSuspectedAt !== null,
  };
}
