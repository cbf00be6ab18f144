import type { NegotiateSignIn } from '../../appliance/access/negotiate-sign-in.ts';
import type { ProviderTestService } from '../../appliance/directory/provider-test-service.ts';
import type { Handlers } from '../contract/handlers.ts';
import { negotiateHandlers } from './negotiate-handlers.ts';
import { providerTestHandlers } from './provider-test-handlers.ts';
import { type SignInParts, signInHandlers } from './sign-in-handlers.ts';

/** Every operation by which people sign in, or try how they would. */
export function signInEdge(
  parts: SignInParts & { negotiateSignIn: NegotiateSignIn; providerTests: ProviderTestService },
): Partial<Handlers> {
  return { ...signInHandlers(parts), ...negotiateHandlers(parts), ...providerTestHandlers(parts) };
}
