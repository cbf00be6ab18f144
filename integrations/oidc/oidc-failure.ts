import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';

/** Something that ends a sign-in or a test, in the words of the trace. */
export class OidcFailure extends Error {
  readonly step: string;
  readonly advice: string | undefined;
  /** The provider did not answer, or is set up wrongly; otherwise the person was refused. */
  readonly unavailable: boolean;

  constructor(
    step: string,
    message: string,
    more: { advice?: string | undefined; unavailable?: boolean; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'OidcFailure';
    this.step = step;
    this.advice = more.advice;
    this.unavailable = more.unavailable ?? false;
  }
}

/** Leaves the failure in the trace; what is thrown tells a screen nothing of it. */
export function toldFailure(failure: OidcFailure, trace: ProviderTrace): ApplianceError {
  trace.failed(failure.step, failure.message, failure.advice);
  return failure.unavailable
    ? new ApplianceError('unavailable', 'Signing in is not possible at the moment.', { cause: failure })
    : new ApplianceError('unauthenticated', 'Signing in failed.', { cause: failure });
}

/** Text of a provider, or of whoever made the link: one short line without control characters. */
export function quoted(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return `“${line.length > 200 ? `${line.slice(0, 200)}…` : line}”`;
}
