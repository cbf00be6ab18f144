import type postgres from 'postgres';
import type { ScimTarget } from '../../appliance/directory/scim-path.ts';
import { scimProblem } from '../../appliance/directory/scim-problem.ts';
import type { ScimAttribute, ScimResourceType } from '../../appliance/directory/scim-schema.ts';
import type { Sql } from '../sql.ts';

export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** One value of SQL that a filter compares with. */
export interface ScimField {
  kind: 'text' | 'boolean' | 'moment';
  expression: Fragment;
  caseExact: boolean;
  /** The column behind an id, which equality can look up in its index. */
  uuid?: Fragment;
}

/** Values of SQL of which a filter asks whether one fulfils it. */
export interface ScimValues {
  /** Whether a value fulfils the condition. */
  some(condition: Fragment): Fragment;
  /** The value by which resources are sorted: the primary one or else the first. */
  chosen(field: ScimField): Fragment;
  field(subAttribute: ScimAttribute): ScimField;
}

/** Columns over `scim_user s`, `app_user u` and `scim_group g`; undefined for values in the attributes as such. */
export function fieldOf(sql: Sql, type: ScimResourceType, target: ScimTarget): ScimField | undefined {
  const { extension, attribute, subAttribute } = target;
  if (extension === undefined) {
    const known = type === 'User' ? userColumn(sql, target) : groupColumn(sql, target);
    if (known !== undefined) return known;
  }
  const last = subAttribute ?? attribute;
  if (type === 'Group' || last.type === 'complex') return undefined;
  const path = [extension, attribute.name, subAttribute?.name].filter((name) => name !== undefined);
  return valueField(last, sql`s.attributes #>> ${path}::text[]`);
}

function userColumn(sql: Sql, { attribute, subAttribute }: ScimTarget): ScimField | undefined {
  switch (attribute.name) {
    case 'id':
      return { ...text(sql`s.id::text`, true), uuid: sql`s.id` };
    case 'userName':
      return text(sql`s.user_name`, false);
    case 'externalId':
      return text(sql`s.external_id`, true);
    case 'active':
      return { kind: 'boolean', expression: sql`u.enabled::text`, caseExact: true };
    case 'meta':
      return metaColumn(sql, subAttribute, 'User', sql`u.created_at`, sql`s.last_modified`);
    default:
      return undefined;
  }
}

function groupColumn(sql: Sql, { attribute, subAttribute }: ScimTarget): ScimField | undefined {
  switch (attribute.name) {
    case 'id':
      return { ...text(sql`g.id::text`, true), uuid: sql`g.id` };
    case 'displayName':
      return text(sql`g.display_name`, false);
    case 'externalId':
      return text(sql`g.external_id`, true);
    case 'meta':
      return metaColumn(sql, subAttribute, 'Group', sql`g.created_at`, sql`g.last_modified`);
    default:
      return undefined;
  }
}

function metaColumn(
  sql: Sql,
  subAttribute: ScimAttribute | undefined,
  type: ScimResourceType,
  created: Fragment,
  modified: Fragment,
): ScimField {
  switch (subAttribute?.name) {
    case 'resourceType':
      return text(sql`${type}::text`, true);
    case 'created':
      return moment(sql, created);
    case 'lastModified':
      return moment(sql, modified);
    default:
      throw scimProblem('invalidFilter', 'Of meta, resourceType, created and lastModified can be asked for.');
  }
}

/** As precise as what is answered. */
function moment(sql: Sql, column: Fragment): ScimField {
  return { kind: 'moment', expression: sql`date_trunc('milliseconds', ${column})`, caseExact: true };
}

/** The values of a multi-valued attribute. */
export function valuesOf(sql: Sql, target: ScimTarget): ScimValues {
  const { attribute } = target;
  if (attribute.name === 'groups') return groupsOfUser(sql);
  if (attribute.name === 'members') return membersOfGroup(sql);
  const path = [target.extension, attribute.name].filter((name) => name !== undefined);
  const entries = sql`jsonb_array_elements(s.attributes #> ${path}::text[]) with ordinality entry (value, place)`;
  return {
    some: (condition) => sql`exists (select from ${entries} where ${condition})`,
    chosen: ({ expression }) => sql`
      (select ${expression} from ${entries}
        order by coalesce(entry.value->>'primary', '') = 'true' desc, entry.place limit 1)`,
    field: (sub) => valueField(sub, sql`entry.value ->> ${sub.name}::text`),
  };
}

function groupsOfUser(sql: Sql): ScimValues {
  const entries = sql`
    scim_group_member link join scim_group other on other.id = link.group_id where link.user_id = s.user_id`;
  return linked(sql, entries, sql`other.id`, sql`other.display_name`, 'direct');
}

function membersOfGroup(sql: Sql): ScimValues {
  const entries = sql`
    scim_group_member link
    join scim_user other on other.user_id = link.user_id join app_user person on person.id = link.user_id
    where link.group_id = g.id`;
  return linked(sql, entries, sql`other.id`, sql`person.public_display_name`, 'User');
}

function linked(sql: Sql, entries: Fragment, id: Fragment, name: Fragment, type: string): ScimValues {
  return {
    some: (condition) => sql`exists (select from ${entries} and ${condition})`,
    chosen: ({ expression }) => sql`(select min(${expression}) from ${entries})`,
    field({ name: sub }) {
      if (sub === 'value') return { ...text(sql`${id}::text`, true), uuid: id };
      if (sub === 'display') return text(name, false);
      if (sub === 'type') return text(sql`${type}::text`, false);
      throw scimProblem('invalidFilter', `${sub} cannot be asked for.`);
    },
  };
}

function valueField({ type, caseExact }: ScimAttribute, expression: Fragment): ScimField {
  return type === 'boolean' ? { kind: 'boolean', expression, caseExact: true } : text(expression, caseExact);
}

function text(expression: Fragment, caseExact: boolean): ScimField {
  return { kind: 'text', expression, caseExact };
}
