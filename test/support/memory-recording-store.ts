import { ApplianceError } from '../../appliance/errors.ts';
import type {
  NewRecording,
  RecordingEvents,
  RecordingFrame,
  RecordingReader,
  RecordingStore,
  RecordingWriter,
} from '../../appliance/sessions/recording-store.ts';

/** Recordings in memory with a disk size, for tests of full disks. Passes the same checks as the directory store. */
export class MemoryRecordingStore implements RecordingStore {
  /** Bytes that still fit; lower it while a recording runs to fill the disk. */
  room: number;
  private readonly recordings = new Map<string, { recording: NewRecording; frames: RecordingFrame[] }>();

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room;
  }

  async create(recording: NewRecording, events: RecordingEvents): Promise<RecordingWriter> {
    await this.checkRoom();
    const location = `${recording.startedAt.toISOString().slice(0, 7)}/${recording.lsid}-${recording.instance}`;
    const frames: RecordingFrame[] = [];
    this.recordings.set(location, { recording, frames });
    const started = performance.now();
    const milliseconds = () => Math.round(performance.now() - started);
    let open = true;
    let bytes = 0;
    return {
      location,
      get bytes() {
        return bytes;
      },
      output: (data) => {
        if (!open) return true;
        bytes += data.length;
        this.room -= data.length;
        if (this.room < 0) {
          open = false;
          setImmediate(() => events.onFailure('The disk for recordings is full.', new Error('ENOSPC')));
        } else frames.push({ type: 'output', milliseconds: milliseconds(), data: Uint8Array.from(data) });
        return true;
      },
      resize: (columns, rows) => {
        if (open) frames.push({ type: 'resize', milliseconds: milliseconds(), columns, rows });
      },
      close: async () => {
        open = false;
      },
    };
  }

  async open(location: string): Promise<RecordingReader> {
    const held = this.recordings.get(location);
    if (!held) throw new ApplianceError('not_found', 'The recording is not there any longer.');
    const { startedAt, columns, rows } = held.recording;
    return {
      header: { startedAt, columns, rows },
      frames: async function* () {
        yield* held.frames;
      },
    };
  }

  async checkRoom(): Promise<void> {
    if (this.room <= 0) throw new ApplianceError('unavailable', 'The disk for recordings is full.');
  }
}
