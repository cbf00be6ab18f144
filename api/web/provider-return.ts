import type { Response } from 'express';
import type { SignInBeginnings } from '../../appliance/access/sign-in-beginnings.ts';
import type { CallbackParameters } from '../../appliance/directory/identity-provider.ts';
import { pageOfAttempt } from './return-path.ts';

/** What a browser brought back from its provider. */
export interface ProviderReturn {
  providerId: number;
  /** What names the attempt; undefined when nothing usable came back. */
  state: string | undefined;
  parameters: CallbackParameters;
}

/** A page that finishes this attempt is told that it is over, as of any that has expired. */
const NO_ATTEMPT = '/login?sign_in=unknown';

/**
 * Sends the browser on to our own page with what it brought kept beside the attempt. Nothing is judged or used up here:
 * anybody can make a browser send this. The page finishes the attempt with a POST of its own.
 */
export async function sendOn(
  res: Response,
  beginnings: Pick<SignInBeginnings, 'returned'>,
  { providerId, state, parameters }: ProviderReturn,
): Promise<void> {
  const storable = !Object.values(parameters).some((value) => value.includes('\0'));
  const attempt =
    state !== undefined && storable ? await beginnings.returned(state, providerId, parameters) : undefined;
  res.setHeader('Cache-Control', 'no-store');
  res.redirect(303, attempt === undefined ? NO_ATTEMPT : pageOfAttempt(attempt));
}
