import { findExtension, findTarget } from '../../appliance/directory/scim-path.ts';
import type { ScimResourceType } from '../../appliance/directory/scim-schema.ts';

/** Which attributes an answer has (RFC 7644, section 3.9). */
export interface ScimProjection {
  /** Whether the attribute of that name appears at all: what it takes to know it can be spared otherwise. */
  wants(attribute: string): boolean;
  apply(resource: Record<string, unknown>): Record<string, unknown>;
}

type Json = Record<string, unknown>;
interface Chosen {
  extension: string | undefined;
  /** Undefined: the whole extension. */
  attribute: string | undefined;
  subAttribute: string | undefined;
}

/** `attributes` wins when both are given. Names that there are not are passed over. */
export function projectionOf(
  type: ScimResourceType,
  wanted: { attributes: readonly string[]; excludedAttributes: readonly string[] },
): ScimProjection {
  const included = chosenOf(type, wanted.attributes);
  const excluded = chosenOf(type, wanted.excludedAttributes);
  if (wanted.attributes.length > 0) {
    return {
      wants: (name) =>
        included.some(({ extension, attribute }) => extension === undefined && attribute === name),
      apply: (resource) => only(resource, included),
    };
  }
  return {
    wants: (name) => !excluded.some((one) => one.attribute === name && one.subAttribute === undefined),
    apply: (resource) => without(resource, excluded),
  };
}

function chosenOf(type: ScimResourceType, names: readonly string[]): Chosen[] {
  return names.flatMap((name): Chosen[] => {
    const whole = findExtension(type, name);
    if (whole !== undefined) return [{ extension: whole.id, attribute: undefined, subAttribute: undefined }];
    const target = findTarget(type, name);
    if (target === undefined) return [];
    const { extension, attribute, subAttribute } = target;
    return [{ extension, attribute: attribute.name, subAttribute: subAttribute?.name }];
  });
}

const ALWAYS = ['schemas', 'id'];

function only(resource: Json, chosen: readonly Chosen[]): Json {
  const answer: Json = {};
  for (const name of ALWAYS) answer[name] = resource[name];
  for (const { extension, attribute, subAttribute } of chosen) {
    const source = extension === undefined ? resource : (resource[extension] as Json | undefined);
    if (source === undefined) continue;
    if (attribute === undefined) {
      if (extension !== undefined) answer[extension] = source;
      continue;
    }
    if (source[attribute] === undefined) continue;
    if (extension !== undefined) answer[extension] ??= {};
    const into = extension === undefined ? answer : (answer[extension] as Json);
    if (subAttribute === undefined) into[attribute] = source[attribute];
    else into[attribute] = merged(into[attribute], picked(source[attribute], subAttribute));
  }
  return answer;
}

function picked(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one) => picked(one, name));
  const part = (value as Json)[name];
  return part === undefined ? {} : { [name]: part };
}

/** Several sub-attributes of one attribute end up in the same values. */
function merged(before: unknown, more: unknown): unknown {
  if (before === undefined) return more;
  if (Array.isArray(before) && Array.isArray(more))
    return before.map((one, place) => merged(one, more[place]));
  return { ...(before as Json), ...(more as Json) };
}

function without(resource: Json, excluded: readonly Chosen[]): Json {
  const answer = { ...resource };
  for (const { extension, attribute, subAttribute } of excluded) {
    if (attribute === undefined) {
      if (extension !== undefined) delete answer[extension];
      continue;
    }
    if (extension === undefined && ALWAYS.includes(attribute)) continue;
    const holder = extension === undefined ? answer : { ...(answer[extension] as Json | undefined) };
    if (holder[attribute] === undefined) continue;
    if (subAttribute === undefined) delete holder[attribute];
    else holder[attribute] = dropped(holder[attribute], subAttribute);
    if (extension !== undefined) answer[extension] = holder;
  }
  return answer;
}

function dropped(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one) => dropped(one, name));
  const { [name]: _, ...rest } = value as Json;
  return rest;
}
