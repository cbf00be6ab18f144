import type { CredentialEvents } from '../access/credential-events.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { DirectorySync, DirectorySyncState, Going } from './directory-sync.ts';
import type { Directory, DirectoryPerson, ProviderSource } from './identity-provider.ts';
import { ProviderTrace } from './provider-trace.ts';

export interface DirectorySyncLog {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface DirectorySyncWorkerDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  credentialEvents: CredentialEvents;
  log: DirectorySyncLog;
}

/** People changed in one transaction: others wait for their rows no longer than that takes. */
const AT_ONCE = 1000;
const BEAT_MS = 5000;
/** With more than that, everybody's rights are looked at again instead of telling of each. */
const MOST_EVENTS = 500;
/** A few people may leave a small company at once. */
const FEW = 3;

class Ended extends Error {
  readonly state: DirectorySyncState;

  constructor(state: DirectorySyncState, message?: string) {
    super(message);
    this.state = state;
  }
}

/**
 * Reads a directory page by page into the database, compares there, and changes accounts there: what this process holds
 * does not grow with the directory. `signal` ends it at the next safe point. Never fails; the run tells how it went.
 */
export async function runDirectorySync(
  deps: DirectorySyncWorkerDeps,
  run: DirectorySync,
  directory: Directory,
  source: ProviderSource,
  signal: AbortSignal,
): Promise<void> {
  const { stores, log } = deps;
  const trace = new ProviderTrace();
  const stop = new AbortController();
  const leave = () => stop.abort(new Ended('failed', 'The server was stopped. Start it again.'));
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const beat = setInterval(() => {
    stores.directorySyncs.beat(run.id).then(
      (going) => endUnlessGoing(going, stop),
      (err) => log.error({ err, directory_sync: run.id }, 'a synchronisation could not give a sign of life'),
    );
  }, BEAT_MS);
  try {
    await carryOut(deps, run, directory, source, stop, trace);
    await finish(deps, run, source, trace, 'done');
  } catch (error) {
    const cause = stop.signal.aborted ? stop.signal.reason : error;
    if (cause instanceof Ended) await finish(deps, run, source, trace, cause.state, cause.message);
    else {
      if (!(cause instanceof ApplianceError)) {
        log.error({ err: cause, directory_sync: run.id }, 'a synchronisation failed');
      }
      const told =
        cause instanceof ApplianceError ? cause.message : 'It failed for a reason that is in the log.';
      await finish(deps, run, source, trace, 'failed', told);
    }
  } finally {
    clearInterval(beat);
    signal.removeEventListener('abort', leave);
  }
}

async function carryOut(
  { stores, unitOfWork, credentialEvents }: DirectorySyncWorkerDeps,
  run: DirectorySync,
  directory: Directory,
  source: ProviderSource,
  stop: AbortController,
  trace: ProviderTrace,
): Promise<void> {
  const { directorySyncs } = stores;
  const { provider } = source;
  const goOn = (going: Going) => {
    endUnlessGoing(going, stop);
    stop.signal.throwIfAborted();
  };
  for await (const page of directory.people(source, trace, stop.signal)) {
    goOn(await directorySyncs.stage(run.id, page.flatMap(storable)));
  }
  const { disabling, enabledAccounts } = await directorySyncs.compare(run.id, provider);
  stop.signal.throwIfAborted();
  if (disabling > FEW && disabling * 2 > enabledAccounts && !run.massDisableAgreed) {
    throw new Ended(
      'refused',
      `${disabling} of ${enabledAccounts} users would be disabled. If the search base and the query are right, start it again and allow it.`,
    );
  }
  if (run.dryRun) return;
  goOn(await directorySyncs.startApplying(run.id));
  const { changes } = (await directorySyncs.find(run.id)) ?? { changes: 0 };
  for (let from = 1; from <= changes; from += AT_ONCE) {
    const range = { from, to: Math.min(from + AT_ONCE - 1, changes) };
    const { disabledUserIds } = await unitOfWork.inTransaction((inside) =>
      inside.directorySyncs.apply(run.id, provider, range),
    );
    for (const userId of disabledUserIds.slice(0, MOST_EVENTS)) {
      credentialEvents.publish({ kind: 'user_credentials_ended', userId });
    }
    credentialEvents.publish({ kind: 'everyone_rights_changed' });
    goOn(await directorySyncs.beat(run.id));
  }
}

async function finish(
  { stores, log }: DirectorySyncWorkerDeps,
  run: DirectorySync,
  { provider }: ProviderSource,
  trace: ProviderTrace,
  state: DirectorySyncState,
  failure?: string,
): Promise<void> {
  const facts = { directory_sync: run.id, provider: provider.id, state };
  try {
    await stores.directorySyncs.finish(run.id, state, { failure, steps: trace.steps.slice(0, 100) });
    const after = await stores.directorySyncs.find(run.id);
    await stores.auditLog.record({
      type: 'directory_sync.finished',
      actor: { kind: 'system', name: 'directory-sync' },
      object: { type: 'security_provider', id: provider.id, name: provider.name },
      after: {
        directory_sync: run.id,
        state,
        dry_run: run.dryRun,
        people_read: after?.peopleRead ?? 0,
        changes_applied: after?.changesApplied ?? 0,
        ...after?.counts,
        ...(failure && { failure }),
      },
    });
    log.info(facts, 'a synchronisation of a directory is over');
  } catch (err) {
    log.error({ ...facts, err }, 'the end of a synchronisation could not be written down');
  }
}

function endUnlessGoing(going: Going, stop: AbortController): void {
  if (going === 'cancel_requested') stop.abort(new Ended('cancelled'));
  if (going === 'over') stop.abort(new Ended('dead'));
}

const LONGEST_USERNAME = 64;
const LONGEST_ID = 512;

/** As accounts keep it, like at a sign-in. Nobody signs in with a name or id that no account can hold. */
function storable(person: DirectoryPerson): DirectoryPerson[] {
  const { externalId, username, displayName, emailAddress } = person;
  if (username.length > LONGEST_USERNAME || externalId.length > LONGEST_ID) return [];
  if (`${externalId}${username}${displayName}${emailAddress}${person.distinguishedName}`.includes('\0'))
    return [];
  return [{ ...person, displayName: displayName && [...displayName].slice(0, 64).join('') }];
}
