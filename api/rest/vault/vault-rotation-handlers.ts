import { dateTime } from '../../../appliance/date-time.ts';
import type { VaultRotation } from '../../../appliance/vault/rotation/vault-rotation.ts';
import { hasSecondSecret } from '../../../appliance/vault/rotation/vault-rotation.ts';
import type {
  RotationStanding,
  VaultRotationService,
} from '../../../appliance/vault/rotation/vault-rotation-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { sendCredential } from './vault-check-out-handlers.ts';

export function vaultRotationHandlers({ rotations }: { rotations: VaultRotationService }): Partial<Handlers> {
  return {
    'api.config.vault.account.rotate': async (req, res) => {
      await rotations.request(actorOf(req), req.params.id);
      res.status(200).end();
    },
    'api.config.vault.account.rotation.show': async (req, res) => {
      res.json(toStanding(await rotations.show(actorOf(req), req.params.id)));
    },
    'api.config.vault.account.rotation.second-secret': async (req, res) => {
      sendCredential(res, await rotations.openSecond(actorOf(req), req.params.id));
    },
    'api.config.vault.account.rotation.settle': async (req, res) => {
      await rotations.settle(actorOf(req), req.params.id, req.body.holds);
      res.status(204).end();
    },
    'api.config.vault.rotation.index': async (req, res) => {
      const { state, account_id: accountId } = req.query;
      const { items, total } = await rotations.list(actorOf(req), { state, accountId }, pageOf(req.query));
      sendPage(req, res, { items: items.map(toRotation), total });
    },
    'api.config.vault.endpoint.host-key': async (req, res) => {
      const seen = await rotations.scanHostKey(actorOf(req), req.params.id);
      const { endpoint, hostKey, fingerprint, standing } = seen;
      res.json({ endpoint_id: endpoint.id, host_key: hostKey, fingerprint, standing });
    },
  };
}

function toStanding(standing: RotationStanding): AnswerOf<'api.config.vault.account.rotation.show', 200> {
  const { account, obstacle, active, ended } = standing;
  const last = latest(ended.done, ended.failed);
  return {
    account_id: account.id,
    rotatable: obstacle === null,
    obstacle,
    state: active?.state ?? last?.state ?? 'none',
    second_secret: hasSecondSecret(active),
    waits_for_check_in: standing.waitsForCheckIn,
    current: active === undefined ? null : toRotation(active),
    last_success_timestamp: momentOf(ended.done?.finishedAt ?? null),
    last_failure_timestamp: momentOf(ended.failed?.finishedAt ?? null),
    last_failure: ended.failed?.failure ?? null,
    secret_changed_timestamp: dateTime(account.secretChangedAt),
    maximum_password_age: standing.maximumPasswordAge,
    next_due_timestamp: momentOf(standing.nextDueAt),
  };
}

function momentOf(time: Date | null): string | null {
  return time === null ? null : dateTime(time);
}

function latest(one: VaultRotation | undefined, other: VaultRotation | undefined): VaultRotation | undefined {
  return one !== undefined && (other === undefined || one.id > other.id) ? one : other;
}

function toRotation(rotation: VaultRotation): AnswerOf<'api.config.vault.rotation.index', 200>[number] {
  return {
    id: rotation.id,
    account_id: rotation.accountId,
    account_name: rotation.accountName,
    cause: rotation.cause,
    requested_by: rotation.requestedBy,
    state: rotation.state,
    phase: rotation.phase,
    attempts: rotation.attempts,
    next_attempt_timestamp: rotation.finishedAt === null ? momentOf(rotation.dueAt) : null,
    failure_code: rotation.failureCode,
    failure: rotation.failure,
    requested_timestamp: dateTime(rotation.requestedAt),
    finished_timestamp: momentOf(rotation.finishedAt),
  };
}
