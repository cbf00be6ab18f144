import type { FieldErrors } from '../../appliance/errors.ts';

/** A request that the contract itself refuses, before any service is asked. */
export class RequestRefusal extends Error {
  readonly status: number;
  readonly fields: FieldErrors | undefined;

  constructor(status: number, message: string, fields?: FieldErrors) {
    super(message);
    this.name = 'RequestRefusal';
    this.status = status;
    this.fields = fields;
  }
}

/**
 * A parameter or body field the operation does not know. The published contract answers these with 401, not 422;
 * `errors` names the culprit, which no missing credential does.
 */
export function unknownName(what: 'parameter' | 'field', names: string[]): RequestRefusal {
  const fields: FieldErrors = Object.fromEntries(
    names.map((name) => [name, [`${name} is not a ${what} of this operation.`]]),
  );
  return new RequestRefusal(401, Object.values(fields).flat().join(' '), fields);
}

/** Values that break the contract's rules: 422 with one or more sentences per field. */
export function invalidValues(fields: FieldErrors): RequestRefusal {
  return new RequestRefusal(422, Object.values(fields).flat().join(' '), fields);
}
