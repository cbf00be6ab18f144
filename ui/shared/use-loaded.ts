import { useCallback, useEffect, useRef, useState } from 'react';

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  /** What is shown, or why nothing is, belongs to the present key, not to one before. */
  settled: boolean;
  /** Resolves once what has been read since then is on the screen, or why it could not be read. */
  reload(): Promise<void>;
}

/**
 * Loads again whenever `key` changes and, when asked, every `everyMs` while the page is visible. The last good
 * answer stays on screen while the next one is under way, and an answer that comes too late is dropped.
 */
export function useLoaded<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): Loaded<T> {
  const [state, setState] = useState<{
    data?: T;
    error?: Error;
    loading: boolean;
    of?: { key: string; round: number };
  }>({
    loading: true,
  });
  const [round, setRound] = useState(0);
  const asked = useRef({ round: 0, waiting: new Map<() => void, number>() }).current;
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const abort = new AbortController();
    setState((now) => ({ ...now, loading: true }));
    latest
      .current(abort.signal)
      .then((data) => {
        if (!abort.signal.aborted) setState({ data, loading: false, of: { key, round } });
      })
      .catch((error: Error) => {
        if (!abort.signal.aborted) setState((now) => ({ ...now, error, loading: false, of: { key, round } }));
      });
    return () => abort.abort();
  }, [key, round]);

  useEffect(() => answer(asked.waiting, state.of?.round ?? -1), [asked, state.of?.round]);
  // Whoever waits goes on when the page has been left.
  useEffect(() => () => answer(asked.waiting, Number.POSITIVE_INFINITY), [asked]);

  const reload = useCallback(() => {
    asked.round += 1;
    const shown = new Promise<void>((resolve) => asked.waiting.set(resolve, asked.round));
    setRound(asked.round);
    return shown;
  }, [asked]);

  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);

  const { data, error, loading } = state;
  return { data, error, loading, settled: state.of?.key === key, reload };
}

/** Lets those go on who wait for what was read in this round or before. */
function answer(waiting: Map<() => void, number>, round: number): void {
  for (const [resolve, since] of waiting) {
    if (since > round) continue;
    waiting.delete(resolve);
    resolve();
  }
}
