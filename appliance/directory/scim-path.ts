import {
  attributeNamed,
  COMMON_ATTRIBUTES,
  SCHEMAS_OF,
  type ScimAttribute,
  type ScimResourceType,
} from './scim-schema.ts';

/** An attribute of a resource type, found by the words of a request. */
export interface ScimTarget {
  /** URN of the extension; undefined for core and common attributes. */
  extension: string | undefined;
  attribute: ScimAttribute;
  subAttribute: ScimAttribute | undefined;
}

const URN = /^urn:/i;

/**
 * What a path such as `name.givenName`, `userName` or `urn:…:2.0:User:manager.value` names, whatever its case. Undefined
 * when the type has no such attribute.
 */
export function findTarget(type: ScimResourceType, path: string): ScimTarget | undefined {
  const schemas = SCHEMAS_OF[type];
  if (!URN.test(path)) {
    const [core] = schemas;
    return within([...COMMON_ATTRIBUTES, ...core!.attributes], path, undefined);
  }
  for (const [index, { id, attributes }] of schemas.entries()) {
    if (!path.toLowerCase().startsWith(`${id.toLowerCase()}:`)) continue;
    const all = index === 0 ? [...COMMON_ATTRIBUTES, ...attributes] : attributes;
    return within(all, path.slice(id.length + 1), index === 0 ? undefined : id);
  }
  return undefined;
}

function within(
  attributes: readonly ScimAttribute[],
  path: string,
  extension: string | undefined,
): ScimTarget | undefined {
  const [name = '', sub, ...more] = path.split('.');
  const attribute = attributeNamed(attributes, name);
  if (attribute === undefined || more.length > 0) return undefined;
  if (sub === undefined) return { extension, attribute, subAttribute: undefined };
  const subAttribute = attributeNamed(attribute.subAttributes, sub);
  return subAttribute && { extension, attribute, subAttribute };
}

/** The schema a URN names, whatever its case. */
export function findExtension(type: ScimResourceType, urn: string) {
  const wanted = urn.toLowerCase();
  return SCHEMAS_OF[type].find(({ id }) => id.toLowerCase() === wanted);
}
