import type { ScimComparison, ScimFilter, ScimLiteral } from './scim-filter.ts';
import { scimProblem } from './scim-problem.ts';
import { attributeNamed, type ScimAttribute } from './scim-schema.ts';

/**
 * Whether one value of a multi-valued attribute fulfils the filter in the brackets of a path. Fails with `invalid` for
 * sub-attributes that there are not.
 */
export function valueMatches(
  attribute: ScimAttribute,
  value: Readonly<Record<string, unknown>>,
  filter: ScimFilter,
): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((one) => valueMatches(attribute, value, one));
    case 'or':
      return filter.filters.some((one) => valueMatches(attribute, value, one));
    case 'not':
      return !valueMatches(attribute, value, filter.filter);
    case 'value':
      throw scimProblem('invalidFilter', `${filter.path} has no values of its own within ${attribute.name}.`);
    default: {
      const subAttribute = attributeNamed(attribute.subAttributes, filter.path);
      if (subAttribute === undefined) {
        throw scimProblem('invalidFilter', `${attribute.name} has no ${filter.path}.`);
      }
      const present = value[subAttribute.name];
      if (filter.op === 'pr') return present !== undefined;
      return compares(subAttribute, present, filter.op, filter.value);
    }
  }
}

function compares(
  attribute: ScimAttribute,
  present: unknown,
  op: ScimComparison,
  literal: ScimLiteral,
): boolean {
  const is = comparable(attribute, present);
  const wanted = comparable(attribute, literal);
  if (op === 'ne') return is !== wanted;
  if (op === 'eq') return is === wanted;
  if (is === undefined || wanted === undefined) return false;
  switch (op) {
    case 'co':
      return is.includes(wanted);
    case 'sw':
      return is.startsWith(wanted);
    case 'ew':
      return is.endsWith(wanted);
    case 'gt':
      return is > wanted;
    case 'ge':
      return is >= wanted;
    case 'lt':
      return is < wanted;
    case 'le':
      return is <= wanted;
  }
}

/** `"True"`, `true` and `TRUE` are one boolean; an absent boolean is no value. */
function comparable(attribute: ScimAttribute, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = String(value);
  return attribute.caseExact ? text : text.toLowerCase();
}
