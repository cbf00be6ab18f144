import type { ScimComparison, ScimFilter, ScimLiteral } from '../../appliance/directory/scim-filter.ts';
import { findTarget, type ScimTarget } from '../../appliance/directory/scim-path.ts';
import { scimProblem } from '../../appliance/directory/scim-problem.ts';
import { attributeNamed, type ScimResourceType } from '../../appliance/directory/scim-schema.ts';
import type { Sql } from '../sql.ts';
import { type Fragment, fieldOf, type ScimField, type ScimValues, valuesOf } from './scim-fields.ts';

export interface ScimFilterContext {
  sql: Sql;
  type: ScimResourceType;
  /** See `ScimQuery.anyType`. */
  anyType: boolean;
}

/**
 * The condition of a filter over the columns of `scimSource`. Values are parameters and attributes come from the schema,
 * so nothing of the request becomes text of the statement. Conditions may be null, which stands for false; `not` makes
 * it that.
 */
export function filterCondition(context: ScimFilterContext, filter: ScimFilter): Fragment {
  const { sql } = context;
  return combined(sql, filter, (inner) => filterCondition(context, inner)) ?? ofAttribute(context, filter);
}

function combined(
  sql: Sql,
  filter: ScimFilter,
  condition: (inner: ScimFilter) => Fragment,
): Fragment | undefined {
  if (filter.op === 'not') return sql`(not coalesce(${condition(filter.filter)}, false))`;
  if (filter.op !== 'and' && filter.op !== 'or') return undefined;
  const [first, ...more] = filter.filters.map(condition);
  const all = more.reduce(
    (left, right) => (filter.op === 'and' ? sql`${left} and ${right}` : sql`${left} or ${right}`),
    first!,
  );
  return sql`(${all})`;
}

type Leaf = Exclude<ScimFilter, { op: 'and' | 'or' | 'not' }>;

function ofAttribute(context: ScimFilterContext, filter: ScimFilter): Fragment {
  const { sql, type, anyType } = context;
  const leaf = filter as Leaf;
  const target = findTarget(type, leaf.path);
  if (target === undefined) {
    if (!anyType) throw scimProblem('invalidFilter', `A ${type} has no attribute ${leaf.path}.`);
    const isAbsent = leaf.op === 'ne' ? leaf.value !== null : leaf.op === 'eq' && leaf.value === null;
    return isAbsent ? sql`true` : sql`false`;
  }
  const { attribute, subAttribute } = target;
  if (attribute.mutability === 'writeOnly' || attribute.name === 'schemas') {
    throw scimProblem('invalidFilter', `${leaf.path} cannot be asked for.`);
  }
  if (!attribute.multiValued) return ofSingle(context, target, leaf);
  const values = valuesOf(sql, target);
  if (leaf.op === 'value') return values.some(amongValues(context, target, values, leaf.filter));
  // An attribute without sub-attribute means its value (RFC 7643, section 2.4).
  const sub = subAttribute ?? attributeNamed(attribute.subAttributes, 'value');
  if (leaf.op === 'pr') {
    return values.some(subAttribute === undefined ? sql`true` : isPresent(sql, values.field(subAttribute)));
  }
  if (sub === undefined)
    throw scimProblem('invalidFilter', `Name a part of ${leaf.path}, as in ${leaf.path}.type.`);
  return ofSome(sql, values, values.field(sub), leaf);
}

/** `ne` is the contrary of `eq`: no value is equal. */
function ofSome(
  sql: Sql,
  values: ScimValues,
  field: ScimField,
  { op, value, path }: { op: ScimComparison; value: ScimLiteral; path: string },
): Fragment {
  const negated = op === 'ne';
  if (value === null && (op === 'eq' || negated)) {
    const some = values.some(isPresent(sql, field));
    return negated ? some : sql`(not ${some})`;
  }
  const some = values.some(compared(sql, field, negated ? 'eq' : op, value, path));
  return negated ? sql`(not ${some})` : some;
}

function ofSingle({ sql, type }: ScimFilterContext, target: ScimTarget, leaf: Leaf): Fragment {
  const { extension, attribute } = target;
  if (leaf.op === 'value')
    throw scimProblem('invalidFilter', `${leaf.path} has one value: nothing to choose from.`);
  let field: ScimField | undefined;
  if (target.attribute.type === 'complex' && target.subAttribute === undefined) {
    if (leaf.op === 'pr') {
      if (attribute.name === 'meta') return sql`true`;
      const path = [extension, attribute.name].filter((name) => name !== undefined);
      return sql`(s.attributes #> ${path}::text[] is not null)`;
    }
    const subAttribute = attributeNamed(attribute.subAttributes, 'value');
    field = subAttribute && fieldOf(sql, type, { ...target, subAttribute });
  } else field = fieldOf(sql, type, target);
  if (field === undefined) {
    throw scimProblem('invalidFilter', `Name a part of ${leaf.path}, as in name.familyName.`);
  }
  return leaf.op === 'pr' ? isPresent(sql, field) : compared(sql, field, leaf.op, leaf.value, leaf.path);
}

/** The filter in brackets, of one and the same value. */
function amongValues(
  context: ScimFilterContext,
  { attribute }: ScimTarget,
  values: ScimValues,
  filter: ScimFilter,
): Fragment {
  const { sql } = context;
  const condition = (inner: ScimFilter): Fragment => {
    const whole = combined(sql, inner, condition);
    if (whole !== undefined) return whole;
    const leaf = inner as Leaf;
    const sub = attributeNamed(attribute.subAttributes, leaf.path);
    if (sub === undefined || leaf.op === 'value') {
      throw scimProblem('invalidFilter', `${attribute.name} has no ${leaf.path}.`);
    }
    const field = values.field(sub);
    return leaf.op === 'pr' ? isPresent(sql, field) : compared(sql, field, leaf.op, leaf.value, leaf.path);
  };
  return condition(filter);
}

function isPresent(sql: Sql, { expression }: ScimField): Fragment {
  return sql`(${expression} is not null)`;
}

function compared(
  sql: Sql,
  field: ScimField,
  op: ScimComparison,
  value: ScimLiteral,
  path: string,
): Fragment {
  if (value === null) {
    if (op === 'eq') return sql`(${field.expression} is null)`;
    if (op === 'ne') return isPresent(sql, field);
    throw scimProblem('invalidFilter', `${path} ${op} null makes no sense.`);
  }
  if (field.kind === 'boolean') return comparedBoolean(sql, field, op, value, path);
  return field.kind === 'moment'
    ? comparedMoment(sql, field, op, value, path)
    : comparedText(sql, field, op, String(value));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function comparedText(sql: Sql, field: ScimField, op: ScimComparison, value: string): Fragment {
  if (op === 'eq' && field.uuid !== undefined && UUID.test(value))
    return sql`(${field.uuid} = ${value}::uuid)`;
  const is = field.caseExact ? field.expression : sql`lower(${field.expression})`;
  const wanted = field.caseExact ? sql`${value}::text` : sql`lower(${value}::text)`;
  switch (op) {
    case 'eq':
      return sql`(${is} = ${wanted})`;
    case 'ne':
      return sql`(${is} is distinct from ${wanted})`;
    case 'co':
      return sql`(strpos(${is}, ${wanted}) > 0)`;
    case 'sw':
      return sql`starts_with(${is}, ${wanted})`;
    case 'ew':
      return sql`(right(${is}, length(${wanted})) = ${wanted})`;
    default:
      return ordered(sql, sql`${is} collate "C"`, op, wanted);
  }
}

function comparedBoolean(
  sql: Sql,
  { expression }: ScimField,
  op: ScimComparison,
  value: ScimLiteral,
  path: string,
): Fragment {
  const wanted = String(value).toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') {
    throw scimProblem('invalidFilter', `${path} is compared with true or false.`);
  }
  if (op === 'eq') return sql`(${expression} = ${wanted}::text)`;
  if (op === 'ne') return sql`(${expression} is distinct from ${wanted}::text)`;
  throw scimProblem('invalidFilter', `${path} is true or false: it can be compared by eq and ne alone.`);
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;

function comparedMoment(
  sql: Sql,
  { expression }: ScimField,
  op: ScimComparison,
  value: ScimLiteral,
  path: string,
): Fragment {
  const text = String(value);
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  if (!MOMENT.test(text) || Number.isNaN(Date.parse(zoned))) {
    throw scimProblem('invalidFilter', `${path} is compared with a time like "2026-01-31T08:00:00Z".`);
  }
  const wanted = sql`${new Date(zoned).toISOString()}::timestamptz`;
  if (op === 'eq') return sql`(${expression} = ${wanted})`;
  if (op === 'ne') return sql`(${expression} is distinct from ${wanted})`;
  if (op === 'co' || op === 'sw' || op === 'ew') {
    throw scimProblem('invalidFilter', `${path} is a time: ${op} makes no sense.`);
  }
  return ordered(sql, expression, op, wanted);
}

function ordered(sql: Sql, is: Fragment, op: 'gt' | 'ge' | 'lt' | 'le', wanted: Fragment): Fragment {
  switch (op) {
    case 'gt':
      return sql`(${is} > ${wanted})`;
    case 'ge':
      return sql`(${is} >= ${wanted})`;
    case 'lt':
      return sql`(${is} < ${wanted})`;
    case 'le':
      return sql`(${is} <= ${wanted})`;
  }
}

/** What resources are sorted by. Fails with `invalid` for what cannot be. */
export function sortExpression({ sql, type }: ScimFilterContext, path: string): Fragment {
  const target = findTarget(type, path);
  if (target === undefined) throw scimProblem('invalidPath', `A ${type} cannot be sorted by ${path}.`);
  const { attribute, subAttribute } = target;
  if (attribute.multiValued && attribute.name !== 'schemas') {
    const sub = subAttribute ?? attributeNamed(attribute.subAttributes, 'value');
    const values = valuesOf(sql, target);
    if (sub !== undefined) return sortable(sql, values.field(sub), (field) => values.chosen(field));
  } else if (attribute.name !== 'schemas' && attribute.mutability !== 'writeOnly') {
    const field = fieldOf(sql, type, target);
    if (field !== undefined) return sortable(sql, field, ({ expression }) => expression);
  }
  throw scimProblem('invalidPath', `A ${type} cannot be sorted by ${path}.`);
}

function sortable(sql: Sql, field: ScimField, expression: (field: ScimField) => Fragment): Fragment {
  if (field.kind === 'moment') return expression(field);
  return field.caseExact
    ? sql`${expression(field)} collate "C"`
    : sql`lower(${expression(field)}) collate "C"`;
}
