import type { RotationSchedule } from '../appliance/vault/rotation/rotation-schedule.ts';
import type { Job } from './job.ts';

/** Asks for new passwords and keys where those in use are as old as their policies allow. */
export function scheduleRotations(schedule: Pick<RotationSchedule, 'requestDue'>): Job {
  return {
    name: 'schedule-rotations',
    schedule: '45 * * * * *',
    run: async () => {
      const asked = await schedule.requestDue();
      return asked === 0 ? undefined : `asked for ${asked} new passwords and keys`;
    },
  };
}
