import { client, ok, type Schema } from '../api.ts';

const LIBRARY_MS = 700;

/**
 * Signs in with the Kerberos ticket of the desktop, which the browser adds by itself when this site is on its list.
 * Fails with words for the person.
 */
export async function byTicketOfDesktop(): Promise<Schema<'Me'> | Schema<'SignInStep'>> {
  const first = await client.POST('/sign-in/negotiate');
  if (!isAskedForTicket(first.response)) return await ok(Promise.resolve(first));
  // Chromium on Linux loads its Kerberos library when a site asks for the very first time, too late for that time.
  await new Promise((resolve) => setTimeout(resolve, LIBRARY_MS));
  const second = await client.POST('/sign-in/negotiate');
  if (!isAskedForTicket(second.response)) return await ok(Promise.resolve(second));
  throw new Error(
    'This browser has no ticket for this site. Sign in with your password, or ask your administrator to set the browser up.',
  );
}

/** The browser had no ticket to give; any other 401 says that one was not taken. */
function isAskedForTicket({ status, headers }: Response): boolean {
  return status === 401 && headers.get('www-authenticate') !== null;
}
