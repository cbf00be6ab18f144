import type { Request, Response } from 'express';
import type { NegotiateSignIn } from '../../appliance/access/negotiate-sign-in.ts';
import type { SignInOutcome } from '../../appliance/access/sign-in-admission.ts';
import type { SignInOrigin } from '../../appliance/access/sign-in-attempt.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { setRetryAfter } from '../access/retry-after.ts';
import type { Handlers } from '../contract/handlers.ts';
import {
  answerBrowser,
  answerProgram,
  originOf,
  refuseForeignPages,
  type SignInParts,
} from './sign-in-handlers.ts';

/**
 * Signing in by Kerberos (RFC 4559). These two operations are the only ones that ever ask for it: a browser that is
 * asked elsewhere would show a window for a password of its own.
 */
export function negotiateHandlers(
  parts: SignInParts & { negotiateSignIn: NegotiateSignIn },
): Partial<Handlers> {
  const { negotiateSignIn } = parts;
  return {
    'api.config.sign-in.negotiate': async (req, res) => {
      refuseForeignPages(req);
      const origin = originOf(req, 'browser');
      await answerBrowser(parts, req, res, await negotiated(negotiateSignIn, req, res, origin));
    },
    'api.config.user-token.negotiate': async (req, res) => {
      refuseForeignPages(req);
      const origin = originOf(req, 'token', req.body.name);
      answerProgram(res, await negotiated(negotiateSignIn, req, res, origin));
    },
  };
}

async function negotiated(
  negotiateSignIn: NegotiateSignIn,
  req: Pick<Request, 'headers'>,
  res: Response,
  origin: SignInOrigin,
): Promise<SignInOutcome> {
  const token = /^Negotiate +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1];
  if (token === undefined) {
    if (!(await negotiateSignIn.isOffered())) {
      throw new ApplianceError('not_found', 'Nobody signs in by Kerberos here.');
    }
    res.set('WWW-Authenticate', 'Negotiate');
    throw new ApplianceError('unauthenticated', 'Send a Kerberos ticket: Authorization: Negotiate.');
  }
  try {
    const { outcome, token: proof } = await negotiateSignIn.signIn(token, origin);
    if (proof !== '') res.set('WWW-Authenticate', `Negotiate ${proof}`);
    return outcome;
  } catch (error) {
    if (error instanceof ApplianceError) setRetryAfter(error, res);
    throw error;
  }
}
