import { ApplianceError } from '../errors.ts';

/** Detail error keywords of RFC 7644, table 9, as far as there is a use for them. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue';

/** A request that a directory has to send differently. */
export function scimProblem(scimType: Exclude<ScimType, 'uniqueness'>, message: string): ApplianceError {
  return new ApplianceError('invalid', message, { facts: { scimType } });
}
