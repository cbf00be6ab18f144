import type { Response } from 'express';
import type { UserActor } from '../../../appliance/actor.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { invalidField } from '../../../appliance/errors.ts';
import type { OwnVaultAccount, OwnVaultPosition } from '../../../appliance/vault/own-vault.ts';
import type { OwnVaultService } from '../../../appliance/vault/own-vault-service.ts';
import { isPersonal } from '../../../appliance/vault/vault-account.ts';
import { isOwnCheckOut } from '../../../appliance/vault/vault-check-out.ts';
import { personOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { sendCreated } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, setRevision } from '../revision.ts';
import { sendCredential } from './vault-check-out-handlers.ts';

const DEFAULT_LIMIT = 100;

export function ownVaultHandlers({ ownVault }: { ownVault: OwnVaultService }): Partial<Handlers> {
  return {
    'api.config.me.vault-account.index': async (req, res) => {
      const actor = personOf(req);
      const { search, type, role, personal, checked_out: checkedOut, cursor, limit } = req.query;
      const filter = { search, type, role, personal, checkedOut };
      const page = { after: positionOf(cursor), limit: limit ?? DEFAULT_LIMIT };
      const { items, total, next } = await ownVault.list(actor, filter, page);
      const answer: AnswerOf<'api.config.me.vault-account.index', 200> = {
        items: items.map((account) => toOwn(account, actor)),
        total,
        next_cursor: cursorAt(next),
      };
      res.json(answer);
    },
    'api.config.me.vault-account.store': async (req, res) => {
      const actor = personOf(req);
      const { type, name } = req.body;
      const account = await ownVault.create(actor, { ...personalInput(req.body), type, name });
      setRevision(res, account);
      sendCreated(res, `/me/vault-account/${account.id}`, toOwn(account, actor));
    },
    'api.config.me.vault-account.show': async (req, res) => {
      const actor = personOf(req);
      sendOwn(res, await ownVault.show(actor, req.params.id), actor);
    },
    'api.config.me.vault-account.update': async (req, res) => {
      const actor = personOf(req);
      const changes = personalInput(req.body);
      sendOwn(res, await ownVault.update(actor, req.params.id, changes, revisionsOf(req)), actor);
    },
    'api.config.me.vault-account.destroy': async (req, res) => {
      await ownVault.delete(personOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.me.vault-account.check-out': async (req, res) => {
      sendCredential(res, await ownVault.checkOut(personOf(req), req.params.id));
    },
    'api.config.me.vault-account.check-in': async (req, res) => {
      await ownVault.checkIn(personOf(req), req.params.id);
      res.status(204).end();
    },
  };
}

function personalInput(body: BodyOf<'api.config.me.vault-account.update'>) {
  return {
    type: body.type,
    name: body.name,
    username: body.username,
    password: body.password,
    token: body.token,
    privateKey: body.private_key,
    privateKeyPassphrase: body.private_key_passphrase,
    publicCert: body.private_key_public_cert,
    description: body.description,
  };
}

function sendOwn(res: Response, account: OwnVaultAccount, actor: UserActor): void {
  setRevision(res, account);
  res.json(toOwn(account, actor));
}

function toOwn(
  account: OwnVaultAccount,
  actor: UserActor,
): AnswerOf<'api.config.me.vault-account.show', 200> {
  const { checkOuts } = account;
  const own = checkOuts.find((checkOut) => isOwnCheckOut(actor, checkOut));
  return {
    id: account.id,
    type: account.type,
    name: account.name,
    username: account.username,
    description: account.description,
    personal: isPersonal(account),
    account_group_name: account.accountGroupName,
    role: account.role,
    available: !account.exclusive || checkOuts.length === 0 || own !== undefined,
    check_outs: checkOuts.map(({ holderName, userId, lsid, checkedOutAt }) => ({
      checked_out_by: holderName,
      mine: userId === actor.userId,
      lsid,
      checked_out_timestamp: dateTime(checkedOutAt),
    })),
    checked_out_timestamp: dateTimeOrNull(own?.checkedOutAt),
    public_key: account.publicKey,
    private_key_public_cert: account.publicCert,
    private_key_passphrase_set: account.hasPassphrase,
    secret_changed_timestamp: dateTime(account.secretChangedAt),
    rotated_after_check_in: account.rotatedAfterCheckIn,
  };
}

function cursorAt(position: OwnVaultPosition | undefined): string | null {
  if (position === undefined) return null;
  return Buffer.from(JSON.stringify([position.name, position.id])).toString('base64url');
}

function positionOf(cursor: string | undefined): OwnVaultPosition | undefined {
  if (cursor === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    value = undefined;
  }
  const [name, id] = Array.isArray(value) ? (value as unknown[]) : [];
  if (
    typeof name === 'string' &&
    !name.includes('\0') &&
    Number.isInteger(id) &&
    Math.abs(id as number) <= 2_147_483_647
  ) {
    return { name, id: id as number };
  }
  throw invalidField('cursor', 'This is not a cursor of this list.');
}
