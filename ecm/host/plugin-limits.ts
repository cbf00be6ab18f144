import type { SettingsSchema, SettingsValues } from '../sdk/settings.ts';

/** What an administrator may set under `limits` of an instance. */
export const LIMITS_SCHEMA = {
  find_seconds: seconds(10, 'to find credentials or endpoints'),
  get_seconds: seconds(15, 'to give a credential out'),
  release_seconds: seconds(15, 'to take a credential back'),
  notice_seconds: seconds(5, 'to hear that a session has started or ended'),
  health_seconds: seconds(10, 'to say how it is'),
  start_seconds: seconds(20, 'to be loaded and made'),
  hang_seconds: seconds(10, 'without any sign of life until it is ended'),
  health_every_seconds: { ...seconds(60, 'between two health checks'), most: 3600 },
  memory_mb: {
    type: 'whole',
    description: 'Megabytes of JavaScript heap.',
    default: 256,
    least: 32,
    most: 16384,
  },
  calls_at_once: {
    type: 'whole',
    description: 'Calls that it answers at the same time; more wait.',
    default: 16,
    least: 1,
    most: 256,
  },
  failures_until_broken: {
    type: 'whole',
    description: 'Failures in a row after which it counts as broken.',
    default: 5,
    least: 1,
    most: 100,
  },
  retry_broken_seconds: {
    type: 'whole',
    description: 'Seconds after which a broken one is started again; 0: not before the host is.',
    default: 600,
    least: 0,
    most: 86400,
  },
} as const satisfies SettingsSchema;

function seconds<const Value extends number>(value: Value, what: string) {
  return { type: 'whole', description: `Seconds ${what}.`, default: value, least: 1, most: 600 } as const;
}

/** Times in milliseconds. */
export interface PluginLimits {
  findMs: number;
  getMs: number;
  releaseMs: number;
  noticeMs: number;
  healthMs: number;
  startMs: number;
  hangMs: number;
  healthEveryMs: number;
  heapMb: number;
  /** Resident memory of the process, measured on Linux. */
  residentMb: number;
  callsAtOnce: number;
  failuresUntilBroken: number;
  /** 0: never. */
  retryBrokenMs: number;
  /** The first pause before a restart; every further one is twice as long, up to a minute. */
  firstPauseMs: number;
}

/** Beside its heap a process needs room for Node itself, for buffers and for libraries. */
const RESIDENT_BESIDE_HEAP_MB = 160;

export function pluginLimits(values: SettingsValues<typeof LIMITS_SCHEMA>): PluginLimits {
  return {
    findMs: values.find_seconds * 1000,
    getMs: values.get_seconds * 1000,
    releaseMs: values.release_seconds * 1000,
    noticeMs: values.notice_seconds * 1000,
    healthMs: values.health_seconds * 1000,
    startMs: values.start_seconds * 1000,
    hangMs: values.hang_seconds * 1000,
    healthEveryMs: values.health_every_seconds * 1000,
    heapMb: values.memory_mb,
    residentMb: values.memory_mb + RESIDENT_BESIDE_HEAP_MB,
    callsAtOnce: values.calls_at_once,
    failuresUntilBroken: values.failures_until_broken,
    retryBrokenMs: values.retry_broken_seconds * 1000,
    firstPauseMs: 500,
  };
}
