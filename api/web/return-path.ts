/** The pages a sign-in may go on at. */
const PAGES = /^\/(login|console)(?:\/|$)/;

/**
 * The path of one of our own pages, with its query, or `/login`: whatever else is asked for would send somebody who
 * has just signed in to a place of somebody else's choice.
 */
export function safeReturnPath(wanted: string | null | undefined): string {
  const here = 'http://here.invalid';
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, here)) return '/login';
  const url = new URL(wanted, here);
  if (url.origin !== here || !PAGES.test(url.pathname) || url.pathname.includes('//')) return '/login';
  url.searchParams.delete('sign_in');
  return `${url.pathname}${url.search}`;
}

/** Where a browser goes on that came back from its provider: the page finishes the attempt by a request of its own. */
export function pageOfAttempt({ attemptId, returnTo }: { attemptId: string; returnTo: string }): string {
  const url = new URL(safeReturnPath(returnTo), 'http://here.invalid');
  url.searchParams.set('sign_in', attemptId);
  return `${url.pathname}${url.search}`;
}
