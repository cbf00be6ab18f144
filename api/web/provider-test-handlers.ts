import type { SignInBeginnings } from '../../appliance/access/sign-in-beginnings.ts';
import type { ProviderTestService } from '../../appliance/directory/provider-test-service.ts';
import { actorOf } from '../access/access-gate.ts';
import type { Handlers } from '../contract/handlers.ts';
import { safeReturnPath } from './return-path.ts';
import { setAttemptCookie } from './sign-in-cookie.ts';
import { originOf, toRedirect } from './sign-in-handlers.ts';

/** What administrators try a security provider with. */
export function providerTestHandlers(parts: {
  providerTests: ProviderTestService;
  beginnings: SignInBeginnings;
  secureCookies: boolean;
}): Partial<Handlers> {
  return {
    'api.config.security-provider.test': async (req, res) => {
      const { username, password } = req.body;
      const { passed, steps } = await parts.providerTests.test(actorOf(req), req.params.id, {
        username: username || undefined,
        password: password || undefined,
      });
      res.json({
        passed,
        steps: steps.map(({ advice, ...step }) => ({ ...step, ...(advice && { advice }) })),
      });
    },
    'api.config.security-provider.test-sign-in': async (req, res) => {
      await parts.providerTests.allowTrial(actorOf(req), req.params.id);
      const returnTo = safeReturnPath(req.body.return_to);
      const origin = originOf(req, 'browser');
      const sent = await parts.beginnings.atProvider(req.params.id, origin, {
        returnTo,
        purpose: 'test',
      });
      setAttemptCookie(res, sent, parts.secureCookies);
      res.json(toRedirect(sent.redirect));
    },
  };
}
