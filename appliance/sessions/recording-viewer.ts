import type { Actor } from '../actor.ts';

/** Lets people and programs see recorded shells; that somebody did is on the audit log first. */
export interface RecordingViewer {
  /**
   * The recording in asciicast version 2, a piece at a time. `unknown`: there is no such recording; `expired`: there
   * was one. Whether the actor may see recordings is the caller's to check. Fails with `unavailable`.
   */
  view(actor: Actor, lsid: string, instance: number): Promise<AsyncIterable<string> | 'unknown' | 'expired'>;
}
