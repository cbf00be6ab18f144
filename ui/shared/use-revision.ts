import { useRef } from 'react';
import type { Read } from './api.ts';
import type { Newer } from './use-editing.tsx';

export interface Revision<T> {
  /** What the next save is made on top of. */
  readonly current: Read<T>;
  set: (saved: Read<T>) => void;
  /** For `onOvertaken` of a form whose values are made from the record by `toForm`. */
  newer: <Values>(toForm: (value: T) => Values) => () => Promise<Newer<Values>>;
}

/** Holds the state of a record that a form began with, and moves on when another was quicker. */
export function useRevision<T>(read: Read<T>, again: (signal: AbortSignal) => Promise<Read<T>>): Revision<T> {
  const held = useRef(read);
  return {
    get current() {
      return held.current;
    },
    set: (saved) => {
      held.current = saved;
    },
    newer: (toForm) => async () => {
      const now = await again(new AbortController().signal);
      return {
        values: toForm(now.value),
        adopt: () => {
          held.current = now;
        },
      };
    },
  };
}
