import { useCallback, useEffect, useRef, useState } from 'react';

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  reload(): void;
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
  const [state, setState] = useState<{ data?: T; error?: Error; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  // biome-ignore lint/correctness/useExhaustiveDependencies: key and round say when to load; the loader is read fresh.
  useEffect(() => {
    const abort = new AbortController();
    setState((now) => ({ ...now, loading: true }));
    latest
      .current(abort.signal)
      .then((data) => setState({ data, loading: false }))
      .catch((error: Error) => {
        if (!abort.signal.aborted) setState((now) => ({ ...now, error, loading: false }));
      });
    return () => abort.abort();
  }, [key, round]);

  const reload = useCallback(() => setRound((now) => now + 1), []);

  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);

  return { data: state.data, error: state.error, loading: state.loading, reload };
}
