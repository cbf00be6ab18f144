import type { Schema } from '../../shared/api.ts';

type State = Schema<'VaultRotationStanding'>['state'];

export const ROTATION_LOOKS: Record<State, { color: string; label: string }> = {
  none: { color: 'gray', label: 'never changed from here' },
  waiting: { color: 'river', label: 'waiting' },
  running: { color: 'river', label: 'changing' },
  uncertain: { color: 'red', label: 'uncertain' },
  done: { color: 'teal', label: 'changed' },
  failed: { color: 'red', label: 'failed' },
};

export const CAUSES: Record<Schema<'VaultRotation'>['cause'], string> = {
  demanded: 'by hand',
  checked_in: 'after check-in',
  scheduled: 'by schedule',
};
