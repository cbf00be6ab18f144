import { useEffect } from 'react';
import { useSearchParams } from 'react-router';

type Change = (changes: Record<string, string | undefined>, keepPage?: boolean) => void;

/** Where in a list one is; not worth keeping. */
const PLACES_IN_LIST = ['page', 'cursor'];

/**
 * Search, filters and sort of a list: they stand in the address, so that a link shows the same rows, and stay in this
 * browser until they are cleared, through other pages and sign-out. An address that names some of them has the last word.
 */
export function useKeptView(list: string, names: readonly string[]): [URLSearchParams, Change] {
  const key = `view ${list}`;
  const [address, setAddress] = useSearchParams();
  const kept = [...names, ...PLACES_IN_LIST].some((name) => address.has(name)) ? '' : read(key, names);
  const view = kept === '' ? address : new URLSearchParams([...address, ...new URLSearchParams(kept)]);

  useEffect(() => {
    if (kept === '') return;
    setAddress((now) => new URLSearchParams([...now, ...new URLSearchParams(kept)]), { replace: true });
  }, [kept, setAddress]);

  const change: Change = (changes, keepPage = false) => {
    const next = new URLSearchParams(view);
    if (!keepPage) for (const name of PLACES_IN_LIST) next.delete(name);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name);
      else next.set(name, value);
    }
    const worthKeeping = new URLSearchParams([...next].filter(([name]) => names.includes(name)));
    if (worthKeeping.size === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, worthKeeping.toString());
    setAddress(next, { replace: !keepPage });
  };
  return [view, change];
}

function read(key: string, names: readonly string[]): string {
  const kept = new URLSearchParams(localStorage.getItem(key) ?? '');
  return new URLSearchParams([...kept].filter(([name]) => names.includes(name))).toString();
}
