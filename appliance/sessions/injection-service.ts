import type { Stores, UnitOfWork } from '../stores.ts';
import {
  type CredentialContext,
  CredentialRefusal,
  type SealedCredential,
} from '../vault/credential-source.ts';
import type { CredentialSources } from '../vault/credential-sources.ts';
import type { SessionCredential } from './session-credential.ts';
import { eventValues, type SessionEventType, SYSTEM_PARTY } from './session-event.ts';
import { sessionHolder } from './session-holder.ts';
import { partyOf } from './session-lifecycle.ts';
import type { SupportSession } from './support-session.ts';

/** A source that has not answered after this long is given up: {@link UNRESOLVED_SECONDS} relies on it. */
const SOURCE_MS = 25_000;

/** Longest reason kept; a source may be talkative. */
const REASON_LENGTH = 1_000;

const UNSETTLED = 'The session ended before the remote system was known to have accepted it.';

/** What a Jumpoint gets, or why it gets nothing, in words for people. */
export type Injection = Pick<SealedCredential, 'sealed' | 'username'> | { refused: string };

export interface InjectionDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  credentials: CredentialSources;
  /** What a credential for a channel is bound to when it is sealed. */
  sealingContext(channelId: string): string;
  /** Hears of failures that people are not told in full. */
  onError(error: unknown): void;
}

/**
 * Gives sessions the credentials they were started with: once, when the Jumpoint asks, sealed for that program. Every
 * attempt and its outcome is an event of the session. Runs on the process that carries the channel.
 */
export class InjectionService {
  private readonly deps: InjectionDeps;

  constructor(deps: InjectionDeps) {
    this.deps = deps;
  }

  /** `signal`: the channel is gone, so nobody waits any longer. Never rejects for what a source does. */
  async give(lsid: string, channelId: string, signal: AbortSignal): Promise<Injection> {
    const attempt = await this.begin(lsid, channelId);
    if (attempt === undefined) return { refused: 'No credential waits for this session.' };
    try {
      const given = await this.askSource(attempt, channelId, signal);
      await this.enter(lsid, (stores) => stores.sessionCredentials.markGiven(lsid, given.lease));
      return given;
    } catch (error) {
      const { reason, certain } = this.refusalOf(error, signal);
      await this.fail(lsid, reason, { nothingGiven: certain });
      return { refused: reason };
    }
  }

  /** The target let the session in with it. */
  async used(lsid: string): Promise<void> {
    await this.enter(lsid, async (stores, { target }, { source, id, name, userId }) => {
      if (!(await stores.sessionCredentials.markUsed(lsid)) || userId === undefined) return;
      const endpoint = { hostname: target.hostname, context: 'login' } as const;
      await stores.credentialPreferences.noteUse(userId, endpoint, { source, id, name });
    });
  }

  /** It did not come about; `reason` is for people. Only the first failure of an attempt is told. */
  async fail(lsid: string, reason: string, options: { nothingGiven?: boolean } = {}): Promise<void> {
    await this.enter(lsid, (stores, session, credential) =>
      this.tell(stores, session, credential, reason.slice(0, REASON_LENGTH), options.nothingGiven === true),
    );
  }

  /** The session has ended. An attempt of which nobody heard how it went, be it for a crash, has failed. */
  async settle(lsid: string): Promise<void> {
    await this.enter(lsid, async (stores, session, credential) => {
      if (credential.state !== 'asked' && credential.state !== 'given') return;
      await this.tell(stores, session, credential, UNSETTLED, false);
    });
  }

  /** Why the session got no credential; empty when it did, or needed none. */
  async failureOf(lsid: string): Promise<string> {
    return (await this.deps.stores.sessionCredentials.find(lsid))?.failureReason ?? '';
  }

  private async begin(lsid: string, channelId: string) {
    return await this.deps.unitOfWork.inTransaction(async (stores) => {
      const session = await stores.sessions.lock(lsid);
      if (session === undefined || session.state === 'ended') return undefined;
      const credential = await stores.sessionCredentials.find(lsid);
      if (credential?.state !== 'chosen') return undefined;
      await stores.sessionCredentials.markAsked(lsid, channelId);
      await this.record(stores, session, credential, ATTEMPT);
      return { session, credential };
    });
  }

  private async askSource(
    { session, credential }: { session: SupportSession; credential: SessionCredential },
    channelId: string,
    signal: AbortSignal,
  ): Promise<SealedCredential> {
    const { stores, credentials, sealingContext } = this.deps;
    const { userId } = credential;
    if (userId === undefined) throw new CredentialRefusal('forbidden', 'The account was deleted.');
    const program =
      session.jumpointNodeId === undefined
        ? undefined
        : await stores.jumpointPresence.findProgram(session.jumpointNodeId);
    if (program === undefined) throw new CredentialRefusal('unavailable', 'The Jumpoint is gone.');
    return await credentials
      .get(credential.source)
      .give(
        { ...sessionContext(session), userId },
        credential.id,
        { publicKey: program.sealingPublicKey, context: sealingContext(channelId) },
        { signal: AbortSignal.any([signal, AbortSignal.timeout(SOURCE_MS)]) },
      );
  }

  private refusalOf(error: unknown, signal: AbortSignal): { reason: string; certain: boolean } {
    if (error instanceof CredentialRefusal) {
      if (error.cause !== undefined) this.deps.onError(error);
      return { reason: error.message, certain: error.code !== 'unavailable' };
    }
    if (signal.aborted) return { reason: 'The session was over before the credential came.', certain: false };
    if (error instanceof DOMException && error.name === 'TimeoutError')
      return { reason: `Its source did not answer within ${SOURCE_MS / 1000} seconds.`, certain: false };
    this.deps.onError(error);
    return { reason: 'Its source failed; the log of the server says why.', certain: false };
  }

  /** Under the lock of the session's row, also after the end: how an attempt went belongs to it. */
  private async enter(
    lsid: string,
    work: (stores: Stores, session: SupportSession, credential: SessionCredential) => Promise<unknown>,
  ): Promise<void> {
    await this.deps.unitOfWork.inTransaction(async (stores) => {
      const session = await stores.sessions.lock(lsid);
      const credential = session && (await stores.sessionCredentials.find(lsid));
      if (session !== undefined && credential !== undefined) await work(stores, session, credential);
    });
  }

  private async tell(
    stores: Stores,
    session: SupportSession,
    credential: SessionCredential,
    reason: string,
    nothingGiven: boolean,
  ): Promise<void> {
    if (!(await stores.sessionCredentials.markFailed(session.lsid, reason, nothingGiven))) return;
    // A program that cannot be given credentials never asked for it.
    if (credential.state === 'chosen') await this.record(stores, session, credential, ATTEMPT);
    await this.record(stores, session, credential, ATTEMPT_FAILED, reason);
    if (credential.source === 'vault') await recordVaultFailure(stores, credential, reason);
  }

  private async record(
    stores: Stores,
    session: SupportSession,
    { attemptId, id, name }: SessionCredential,
    type: SessionEventType,
    failure?: string,
  ): Promise<void> {
    const owner = (await stores.sessions.participants(session.lsid)).find((participant) => participant.owner);
    await stores.sessions.addEvent(session, {
      type,
      performedBy: owner === undefined ? SYSTEM_PARTY : partyOf(owner),
      data: eventValues({
        attempt_id: attemptId,
        credential_id: id,
        credential_name: name,
        ...(failure !== undefined && { failure_reason: failure }),
      }),
    });
  }
}

const ATTEMPT = 'Credential Injection Attempt';
const ATTEMPT_FAILED = 'Credential Injection Attempt Failed';

async function recordVaultFailure(
  stores: Stores,
  { lsid, id, name }: SessionCredential,
  reason: string,
): Promise<void> {
  await stores.vaultActivity.record({
    type: 'Credential Injection Failed',
    account: { id: Number(id), name },
    actor: await sessionHolder(stores, lsid),
    lsid,
    data: `${lsid} ${reason}`,
  });
}

/** What sources are told of a session that exists. */
export function sessionContext(
  session: SupportSession,
): Omit<CredentialContext, 'userId'> & { lsid: string } {
  const { lsid, jumpItemId, jumpItemKind: kind, jumpItemName: name, target, ecmEndpointId } = session;
  const { hostname, port, username } = target;
  return { lsid, jumpItemId, kind, name, hostname, port, username, ecmEndpointId };
}
