import { useEffect, useId } from 'react';

/** Forms on this page that hold something unsaved. */
const unsavedForms = new Set<string>();

const QUESTION = 'Leave without saving? What you changed here would be lost.';

/** Nothing is unsaved, or the person wants to leave it all the same. */
export function mayLeave(): boolean {
  return unsavedForms.size === 0 || window.confirm(QUESTION);
}

/** Unsaved work is asked about before the browser, a link of these pages or a tab leaves it behind. */
export function useWarnBeforeLeaving(unsaved: boolean): void {
  const form = useId();
  useEffect(() => {
    if (!unsaved) return;
    unsavedForms.add(form);
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    // Added once, however often: it asks only while something is unsaved.
    document.addEventListener('click', askAtLinks, true);
    return () => {
      unsavedForms.delete(form);
      window.removeEventListener('beforeunload', warn);
    };
  }, [unsaved, form]);
}

/** Links within these pages change the address without the browser's own question. */
function askAtLinks(event: MouseEvent): void {
  if (
    unsavedForms.size === 0 ||
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    event.button !== 0
  )
    return;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target === '_blank') return;
  const staysHere = link.getAttribute('href')?.startsWith('#');
  const isWithin =
    link.origin === location.origin && link.pathname.split('/')[1] === location.pathname.split('/')[1];
  if (staysHere || !isWithin || mayLeave()) return;
  event.preventDefault();
  event.stopPropagation();
}
