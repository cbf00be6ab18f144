/** One thing that happened on a recorded terminal. Key strokes and prompts are never among them. */
export type RecordingFrame =
  | { type: 'output'; milliseconds: number; data: Uint8Array }
  | { type: 'resize'; milliseconds: number; columns: number; rows: number };

export interface NewRecording {
  lsid: string;
  instance: number;
  startedAt: Date;
  columns: number;
  rows: number;
}

/** What the start of a recording says, and whether its end was written. */
export interface RecordingHeader {
  startedAt: Date;
  columns: number;
  rows: number;
}

export interface RecordingReader {
  header: RecordingHeader;
  /** In order, a bounded piece at a time. Ends quietly at a torn tail; fails with `unavailable` when damaged before it. */
  frames(): AsyncIterable<RecordingFrame>;
}

/**
 * Takes terminal output as it happens. Calls never wait for the disk: what is handed over is on the disk (synced) within
 * one second, and when the disk cannot keep up `output` says so.
 */
export interface RecordingWriter {
  /** Names the recording in its store; kept in the `recording` row. */
  readonly location: string;
  /** Output bytes taken so far. */
  readonly bytes: number;
  /** Copies `data`. False asks the caller to pause until `onDrain`. */
  output(data: Uint8Array): boolean;
  resize(columns: number, rows: number): void;
  /** Writes and syncs what is left, then the end mark. Safe to call twice and after a failure; does not fail. */
  close(): Promise<void>;
}

export interface RecordingEvents {
  /** The store has caught up; output may flow again. */
  onDrain(): void;
  /** Nothing more will be stored, e.g. a full disk. Called at most once; `reason` is a sentence for people. */
  onFailure(reason: string, cause: unknown): void;
}

/** Where recordings live: append-only, encrypted, readable while they are written. */
export interface RecordingStore {
  /** Fails with `unavailable` when there is no room or the place cannot be written. */
  create(recording: NewRecording, events: RecordingEvents): Promise<RecordingWriter>;
  /** Fails with `not_found` when the store does not hold it (any longer). */
  open(location: string): Promise<RecordingReader>;
  /** Fails with `unavailable` and a clear sentence when a new recording would not be accepted right now. */
  checkRoom(): Promise<void>;
}
