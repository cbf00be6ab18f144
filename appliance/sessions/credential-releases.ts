import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialSources } from '../vault/credential-sources.ts';
import { type InjectionService, sessionContext } from './injection-service.ts';
import type { DueRelease } from './session-credential.ts';

const AT_ONCE = 50;
/** A source that has not answered after this long is told again later. */
const SOURCE_MS = 25_000;

/** After this long since the end of the session nobody tries any more: an audit row asks a person to look. */
export const GIVE_UP_HOURS = 72;

export interface ReleaseDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  credentials: CredentialSources;
  injection: Pick<InjectionService, 'settle'>;
  /** Hears why a source could not be told; it is told again. */
  onError(error: unknown, about: { lsid: string; source: string; attempts: number }): void;
}

/**
 * Gives back what sessions were given, once they have ended, whatever ended them: the rows say what is due, and
 * whichever process comes first takes it. Sources are told again, with growing pauses, until they have heard.
 */
export class CredentialReleases {
  private readonly deps: ReleaseDeps;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private again = false;

  constructor(deps: ReleaseDeps) {
    this.deps = deps;
  }

  /** A session has ended: not at the next turn of the job, but now. A failure is that of the job's next turn. */
  wake(): void {
    if (this.stopping.signal.aborted) return;
    if (this.running !== undefined) {
      this.again = true;
      return;
    }
    this.running = this.carryOut()
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.running = undefined;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  /** Gives up what is being told right now: another process, or this one when it comes back, tells it again. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('This server process stops.'));
    await this.running;
  }

  /** How many were due. */
  async carryOut(): Promise<number> {
    for (let total = 0; ; ) {
      const due = await this.deps.stores.sessionCredentials.takeDue(AT_ONCE);
      await Promise.all(due.map((release) => this.giveBack(release)));
      total += due.length;
      if (due.length < AT_ONCE) return total;
    }
  }

  private async giveBack(release: DueRelease): Promise<void> {
    const { stores, credentials, injection, onError } = this.deps;
    const { attemptId, lsid, source, id, lease, attempts, endedAt, userId } = release;
    try {
      await injection.settle(lsid);
      const session = (await stores.sessions.find(lsid))!;
      await credentials.get(source).release({ ...sessionContext(session), userId }, id, endedAt, {
        lease,
        signal: AbortSignal.timeout(SOURCE_MS),
      });
      await stores.sessionCredentials.markReleased(attemptId, lease);
    } catch (error) {
      onError(error, { lsid, source, attempts });
      if (Date.now() - endedAt.getTime() > GIVE_UP_HOURS * 3_600_000) await this.giveUp(release);
    }
  }

  private async giveUp({ attemptId, lsid, source, id, name, attempts }: DueRelease): Promise<void> {
    await this.deps.unitOfWork.inTransaction(async ({ sessionCredentials, auditLog }) => {
      await sessionCredentials.giveUp(attemptId);
      await auditLog.record({
        type: 'credential.release_given_up',
        actor: { kind: 'system', name: 'Bridgehead' },
        object: { type: 'session', id: lsid, name },
        after: { source, credential_id: id, attempts },
      });
    });
  }
}
