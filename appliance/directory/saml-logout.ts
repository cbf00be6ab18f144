import type { ProviderRedirect, ProviderSource } from './identity-provider.ts';
import type { ProviderTrace } from './provider-trace.ts';

export interface LogoutMessage {
  /** The parameter as it came. */
  value: string;
  /** Of an address: the query as it came, which the signature covers. Undefined for a posted message. */
  rawQuery: string | undefined;
}

export interface LogoutRequestFacts {
  id: string;
  nameId: string;
  ignoreCase: boolean;
  /** None: every session of the person. */
  sessionIndexes: string[];
}

/** Single logout with an identity provider. Refusals fail with `unauthenticated` and a trace that says why. */
export interface SamlLogoutPort {
  request(source: ProviderSource, message: LogoutMessage, trace: ProviderTrace): Promise<LogoutRequestFacts>;
  /** Tells the identity provider that its request was followed. Undefined: there is no address for that. */
  answer(
    source: ProviderSource,
    request: { id: string; relayState: string | undefined },
  ): Promise<ProviderRedirect | undefined>;
  /** What came of a request of ours. */
  response(source: ProviderSource, message: LogoutMessage, trace: ProviderTrace): Promise<void>;
}
