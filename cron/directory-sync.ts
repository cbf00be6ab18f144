import type { DirectorySyncService } from '../appliance/directory/directory-sync-service.ts';
import type { Job } from './job.ts';

/** Starts synchronisations of directories that are due, and marks those whose process ended. */
export function directorySync(syncs: Pick<DirectorySyncService, 'tick'>): Job {
  return { name: 'directory-sync', schedule: '15 * * * * *', run: () => syncs.tick() };
}
