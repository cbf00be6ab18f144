import { ProtocolError } from '../../agents/wire-fields.ts';
import { ApplianceError } from '../../appliance/errors.ts';

/** What a program posted, read by a parser of its protocol. Fails with `invalid` in the parser's words. */
export function parsedBody<T>(parse: (body: unknown) => T, body: unknown): T {
  try {
    return parse(body);
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new ApplianceError('invalid', cause.message, { cause });
    throw cause;
  }
}
