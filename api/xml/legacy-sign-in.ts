import type { RateLimiter } from '../../appliance/access/rate-limiter.ts';
import type { SignInService } from '../../appliance/access/sign-in-service.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import type { LegacySignIn } from './xml-api.ts';

/**
 * User name and password with every call: the checks and the lockout of any sign-in, and the call limits of an API
 * account, counted per person.
 */
export function limitedSignIn(
  signIn: Pick<SignInService, 'authenticateCall'>,
  limiter: Pick<RateLimiter, 'take'>,
): LegacySignIn {
  return async (username, password, address) => {
    const actor = await signIn.authenticateCall({ username, password }, address);
    const { allowed } = await limiter.take(actor.userId);
    if (!allowed) throw new ApplianceError('rate_limited', 'Too many requests. Wait a little and try again.');
    return actor;
  };
}
