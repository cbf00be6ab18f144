import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { dateTime } from '../date-time.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { EnrolmentToken } from './jumpoint.ts';
import { JUMPOINT, JUMPOINT_RIGHT, MOST_CLUSTER_NODES } from './jumpoint-service.ts';

export interface MintedEnrolmentToken {
  record: EnrolmentToken;
  /** Exists only in this answer. */
  token: string;
}

const DAY_SECONDS = 24 * 60 * 60;

/** Tokens with which programs become nodes of a Jumpoint. */
export class EnrolmentTokenService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, jumpointId: number): Promise<EnrolmentToken[]> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    if ((await this.#stores.jumpoints.findById(jumpointId)) === undefined) JUMPOINT.missing(jumpointId);
    return await this.#stores.enrolmentTokens.findUsable(jumpointId);
  }

  /** A token for one program and one day unless asked otherwise. */
  async mint(
    actor: Actor,
    jumpointId: number,
    wanted: { uses?: number | undefined; lifetimeSeconds?: number | undefined } = {},
  ): Promise<MintedEnrolmentToken> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    const { uses = 1, lifetimeSeconds = DAY_SECONDS } = wanted;
    const token = randomToken();
    const record = await this.#unitOfWork.inTransaction(async ({ jumpoints, enrolmentTokens, auditLog }) => {
      const jumpoint = await JUMPOINT.lock(jumpoints, jumpointId);
      const minted = await enrolmentTokens.insert({
        jumpointId,
        tokenHash: hashSecret(token),
        uses,
        lifetimeSeconds,
      });
      await auditLog.record({
        type: 'jumpoint.enrolment_token_created',
        actor,
        object: JUMPOINT.audited(jumpoint),
        after: { enrolment_token_id: minted.id, uses, expires_at: dateTime(minted.expiresAt) },
      });
      return minted;
    });
    return { record, token };
  }

  /** Fails with `invalid` when the Jumpoint has all the programs it can have. */
  async requireRoomForProgram(actor: Actor, jumpointId: number): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    const jumpoint = (await this.#stores.jumpoints.findById(jumpointId)) ?? JUMPOINT.missing(jumpointId);
    const nodes = (await this.#stores.jumpoints.findNodes(jumpointId)).length;
    if (nodes < (jumpoint.clustered ? MOST_CLUSTER_NODES : 1)) return;
    throw new ApplianceError(
      'invalid',
      jumpoint.clustered
        ? `This cluster has ${MOST_CLUSTER_NODES} nodes already. Remove one first.`
        : 'This Jumpoint is installed already. Remove its node first.',
    );
  }

  async revoke(actor: Actor, jumpointId: number, id: number): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    await this.#unitOfWork.inTransaction(async ({ jumpoints, enrolmentTokens, auditLog }) => {
      const jumpoint = await jumpoints.lockById(jumpointId);
      if (jumpoint === undefined || !(await enrolmentTokens.revoke(jumpointId, id))) {
        throw new ApplianceError('not_found', `This Jumpoint has no usable enrolment token with id ${id}.`);
      }
      await auditLog.record({
        type: 'jumpoint.enrolment_token_revoked',
        actor,
        object: JUMPOINT.audited(jumpoint),
        before: { enrolment_token_id: id },
      });
    });
  }
}
