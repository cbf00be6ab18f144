import type { Response } from 'express';
import { dateTime } from '../../../appliance/date-time.ts';
import type { VaultCheckOut } from '../../../appliance/vault/vault-check-out.ts';
import type { VaultCheckOutService } from '../../../appliance/vault/vault-check-out-service.ts';
import type { VaultCredential } from '../../../appliance/vault/vault-credential.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

export function vaultCheckOutHandlers({ checkOuts }: { checkOuts: VaultCheckOutService }): Partial<Handlers> {
  return {
    'api.config.vault.account.check-out': async (req, res) => {
      sendCredential(res, await checkOuts.checkOut(actorOf(req), req.params.id));
    },
    'api.config.vault.account.check-out.index': async (req, res) => {
      res.json((await checkOuts.open(actorOf(req), req.params.id)).map(toCheckOut));
    },
    'api.config.vault.account.check-in': async (req, res) => {
      await checkOuts.checkIn(actorOf(req), req.params.id);
      res.status(200).end();
    },
    'api.config.vault.account.force-check-in': async (req, res) => {
      await checkOuts.forceCheckIn(actorOf(req), req.params.id);
      res.status(200).end();
    },
  };
}

/** No cache on the way keeps a secret. */
export function sendCredential(res: Response, credential: VaultCredential): void {
  const { type, username, password, token, privateKey, privateKeyPassphrase, certificate } = credential;
  const answer: AnswerOf<'api.config.vault.account.check-out', 200> = {
    ...(username !== '' && { username }),
    type,
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
    ...(privateKey !== undefined && { private_key: privateKey }),
    ...(privateKeyPassphrase !== undefined && { private_key_passphrase: privateKeyPassphrase }),
    ...(certificate !== undefined && { signed_public_cert: certificate }),
  };
  res.setHeader('Cache-Control', 'no-store').json(answer);
}

export function toCheckOut({
  userId,
  apiAccountId,
  holderName,
  lsid,
  checkedOutAt,
}: VaultCheckOut): AnswerOf<'api.config.vault.account.check-out.index', 200>[number] {
  return {
    checked_out_by: holderName,
    user_id: userId,
    api_account_id: apiAccountId,
    lsid,
    checked_out_timestamp: dateTime(checkedOutAt),
  };
}
