import type { Actor, UserActor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { hasRight, isAdministrator } from './configuration-rights.ts';
import type { CredentialEvents } from './credential-events.ts';
import { FailureBudget } from './failure-budget.ts';
import { INVITATION_KEY_PREFIX, type RepInvitation } from './rep-invitation.ts';
import type { SignInAdmission, SignInOutcome } from './sign-in-admission.ts';
import { newAttempt, type SignInOrigin } from './sign-in-attempt.ts';
import { auditSignInFailure, signInFailed } from './sign-in-audit.ts';

const RIGHT = 'perm_invite_external_rep';
/** What a published key is good for. */
const DEFAULT_MINUTES = 120;
const FAILURES_PER_MINUTE = 30;

export interface WantedInvitation {
  name: string;
  comments?: string | undefined;
  sessionPolicyId?: number | null | undefined;
  minutes?: number | undefined;
}

/**
 * Invitations of representatives from outside. Whoever has the key signs in once, as a temporary account without any
 * right; what they may do in the session they are invited to, the profile says. They count as a licence while they
 * are signed in.
 */
export class RepInvitationService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #admission: SignInAdmission;
  readonly #events: CredentialEvents;
  readonly #budget = new FailureBudget(FAILURES_PER_MINUTE);

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    admission: SignInAdmission;
    events: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#admission = deps.admission;
    this.#events = deps.events;
  }

  /** One's own; administrators see everybody's. */
  async list(actor: Actor, page: PageRequest): Promise<Page<RepInvitation>> {
    const person = requireInviter(actor);
    return await this.#stores.repInvitations.find(isAdministrator(person) ? undefined : person.userId, page);
  }

  /** The key is shown this once. Fails with `invalid` for a session policy that is no profile of invitations. */
  async create(
    actor: Actor,
    { name, comments = '', sessionPolicyId = null, minutes = DEFAULT_MINUTES }: WantedInvitation,
  ): Promise<{ invitation: RepInvitation; key: string }> {
    const person = requireInviter(actor);
    const key = INVITATION_KEY_PREFIX + randomToken();
    const invitation = await this.#unitOfWork.inTransaction(async (stores) => {
      const policy =
        sessionPolicyId === null ? undefined : await stores.sessionPolicies.lockById(sessionPolicyId);
      if (sessionPolicyId !== null && policy?.availableToRepInvite !== true) {
        throw invalidField('session_policy_id', 'There is no session policy with this id for invitations.');
      }
      const made = await stores.repInvitations.insert({
        name,
        comments,
        sessionPolicyId,
        minutes,
        invitingUserId: person.userId,
        invitedBy: person.displayName,
        keyHash: hashSecret(key),
      });
      await stores.auditLog.record({
        type: 'rep_invitation.created',
        actor,
        object: audited(made),
        after: { comments, session_policy: policy?.displayName, expires_at: made.expiresAt.toISOString() },
      });
      return made;
    });
    return { invitation, key };
  }

  /** Ends the sign-in by it too, on every process. Fails with `not_found`, also for those of somebody else. */
  async revoke(actor: Actor, id: number): Promise<void> {
    const person = requireInviter(actor);
    const userId = await this.#unitOfWork.inTransaction(
      async ({ repInvitations, userCredentials, auditLog }) => {
        const invitation = await repInvitations.lockById(id);
        if (
          invitation === undefined ||
          (!isAdministrator(person) && invitation.invitingUserId !== person.userId)
        ) {
          throw new ApplianceError('not_found', `There is no invitation with id ${id}.`);
        }
        if (invitation.state === 'revoked') return undefined;
        await repInvitations.revoke(id);
        if (invitation.userId !== null) await userCredentials.endAllOf(invitation.userId);
        await auditLog.record({ type: 'rep_invitation.revoked', actor, object: audited(invitation) });
        return invitation.userId ?? undefined;
      },
    );
    if (userId !== undefined) this.#events.publish({ kind: 'user_credentials_ended', userId });
  }

  /**
   * Signs whoever has the key in; the questions of a sign-in are asked as of anybody. Fails with `unauthenticated` for a
   * key that is unknown, used, revoked or expired, and with `rate_limited` after many of those.
   */
  async signIn(key: string, origin: SignInOrigin): Promise<SignInOutcome> {
    this.#budget.begin(origin.address);
    const userId = await this.#unitOfWork.inTransaction(async (stores) => {
      const invitation = await stores.repInvitations.lockOpen(hashSecret(key));
      if (invitation === undefined) {
        await auditSignInFailure(stores, {
          reason: 'invitation that is unknown, used, revoked or expired',
          method: 'invitation',
          address: origin.address,
        });
        return undefined;
      }
      if (invitation.userId !== null) return invitation.userId;
      return await stores.repInvitations.makeAccount(
        invitation,
        `invited-${invitation.id}-${randomToken(8).toLowerCase()}`,
      );
    });
    if (userId === undefined) {
      throw signInFailed('This key does not work: it may have been used, have expired or been taken back.');
    }
    const attempt = { ...newAttempt(origin, { providerId: undefined, userId }) };
    attempt.methods.push('invitation');
    const outcome = await this.#admission.admit(attempt, origin, {});
    this.#budget.refund(origin.address);
    return outcome;
  }
}

function requireInviter(actor: Actor): UserActor {
  if (actor.kind === 'user' && hasRight(actor, RIGHT)) return actor;
  throw new ApplianceError(
    'forbidden',
    `This needs the right to invite external representatives (${RIGHT}).`,
  );
}

function audited({ id, name }: RepInvitation): { type: string; id: number; name: string } {
  return { type: 'rep_invitation', id, name };
}
