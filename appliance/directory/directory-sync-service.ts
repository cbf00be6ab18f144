import { requireConfiguration, requireSecurityConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { DirectorySync, DirectorySyncAction, DirectorySyncChange } from './directory-sync.ts';
import { type DirectorySyncWorkerDeps, runDirectorySync } from './directory-sync-worker.ts';
import type { Directory } from './identity-provider.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import type { SecurityProvider } from './security-provider.ts';

export interface DirectorySyncWish {
  dryRun: boolean;
  /** Goes on even when most people would be disabled. */
  massDisableAgreed: boolean;
}

/** Three missed signs of life and a little more. */
const DEAD_AFTER_SECONDS = 20;
const KEPT_DAYS = 90;
const SCHEDULE: Actor = { kind: 'system', name: 'directory-sync' };

/** Starts, shows and cancels synchronisations. They run in this process and are found again from every other one. */
export class DirectorySyncService {
  readonly #deps: DirectorySyncWorkerDeps;
  readonly #registry: ProviderRegistry;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: DirectorySyncWorkerDeps & { registry: ProviderRegistry }) {
    this.#deps = deps;
    this.#registry = deps.registry;
  }

  /** Answers when the run has begun. Fails with `conflict` while another one of the provider goes on. */
  async start(actor: Actor, providerId: number, wish: DirectorySyncWish): Promise<DirectorySync> {
    requireSecurityConfiguration(actor);
    const { provider, directory } = await this.#directoryOf(providerId);
    if (!provider.enabled && !wish.dryRun) {
      throw new ApplianceError('invalid', 'The provider is disabled: only a dry run can be started.');
    }
    const { stores, unitOfWork } = this.#deps;
    await stores.directorySyncs.markDead(DEAD_AFTER_SECONDS);
    const run = await unitOfWork
      .inTransaction(async ({ directorySyncs, auditLog }) => {
        const created = await directorySyncs.create({ securityProviderId: provider.id, ...wish, actor });
        await auditLog.record({
          type: 'directory_sync.started',
          actor,
          object: { type: 'security_provider', id: provider.id, name: provider.name },
          after: {
            directory_sync: created.id,
            dry_run: wish.dryRun,
            allow_mass_disable: wish.massDisableAgreed,
          },
        });
        return created;
      })
      .catch((error) => {
        // No field of the request is at fault.
        const taken = error instanceof ApplianceError && error.code === 'conflict';
        throw taken ? new ApplianceError('conflict', error.message) : error;
      });
    const source = this.#registry.sourceOf(provider);
    const working = runDirectorySync(this.#deps, run, directory, source, this.#stopping.signal);
    this.#running.add(working);
    void working.finally(() => this.#running.delete(working));
    return run;
  }

  async list(actor: Actor, providerId: number, page: PageRequest): Promise<Page<DirectorySync>> {
    requireConfiguration(actor);
    await this.#registry.find(providerId);
    return await this.#deps.stores.directorySyncs.list(providerId, page);
  }

  async show(actor: Actor, providerId: number, id: string): Promise<DirectorySync> {
    requireConfiguration(actor);
    const run = await this.#deps.stores.directorySyncs.find(id);
    if (run?.securityProviderId !== providerId) throw noSuchRun(id);
    return run;
  }

  async changes(
    actor: Actor,
    providerId: number,
    id: string,
    filter: { action?: DirectorySyncAction | undefined },
    page: PageRequest,
  ): Promise<Page<DirectorySyncChange>> {
    await this.show(actor, providerId, id);
    return await this.#deps.stores.directorySyncs.changes(id, filter, page);
  }

  /** What was changed until then stays. Fails with `conflict` when the run is over. */
  async cancel(actor: Actor, providerId: number, id: string): Promise<DirectorySync> {
    requireSecurityConfiguration(actor);
    const run = await this.show(actor, providerId, id);
    const cancelled = await this.#deps.stores.directorySyncs.requestCancel(run.id);
    if (cancelled === undefined) throw new ApplianceError('conflict', 'This synchronisation is over.');
    return cancelled;
  }

  /** Starts what is due, and clears up after processes that ended. For the schedule. */
  async tick(): Promise<string | undefined> {
    const { directorySyncs } = this.#deps.stores;
    const dead = await directorySyncs.markDead(DEAD_AFTER_SECONDS);
    await directorySyncs.forget(KEPT_DAYS);
    const due = this.#stopping.signal.aborted ? [] : await directorySyncs.due();
    for (const id of due) {
      await this.start(SCHEDULE, id, { dryRun: false, massDisableAgreed: false }).catch((err) => {
        if (!(err instanceof ApplianceError)) throw err;
        this.#deps.log.error({ err, provider: id }, 'a synchronisation could not be started');
      });
    }
    if (dead === 0 && due.length === 0) return undefined;
    return `started ${due.length} synchronisations of directories, found ${dead} dead`;
  }

  /** Ends what runs here and waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  async #directoryOf(providerId: number): Promise<{ provider: SecurityProvider; directory: Directory }> {
    const provider = await this.#registry.find(providerId);
    const directory = this.#registry.adapters.directory[provider.type];
    if (directory === undefined) throw new ApplianceError('invalid', 'This provider is no directory.');
    return { provider, directory };
  }
}

function noSuchRun(id: string): ApplianceError {
  return new ApplianceError('not_found', `There is no synchronisation ${id} of this provider.`);
}
