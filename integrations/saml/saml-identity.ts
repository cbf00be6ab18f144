import type { ProviderIdentity } from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { AssertionFacts } from './saml-assertion.ts';
import { SamlRefusal } from './saml-refusal.ts';
import { shown } from './saml-response.ts';
import type { SamlSettings } from './saml-settings.ts';

type Attributes = AssertionFacts['attributes'];

const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const LONGEST_EXTERNAL_ID = 512;
const LONGEST_USERNAME = 64;
const MOST_GROUPS = 2000;

/** Who somebody is, by the mapping of the provider. Refuses what has no user name, naming the attribute that is missing. */
export function identityFrom(
  facts: AssertionFacts,
  settings: SamlSettings,
  trace: ProviderTrace,
): ProviderIdentity {
  const { attributes } = facts;
  const nameId = settings.caseInsensitiveNameIds ? facts.nameId.value.toLowerCase() : facts.nameId.value;
  const username = settings.userName === '' ? nameId : filled(settings.userName, attributes);
  if (username === undefined) throw missing('user name', settings.userName, attributes);
  if (username.length > LONGEST_USERNAME) {
    throw new SamlRefusal(
      'attributes',
      `The user name ${shown(username)} is longer than ${LONGEST_USERNAME} characters.`,
    );
  }
  // A transient name is another one at every sign-in; the user name is what stays.
  const externalId = facts.nameId.format === TRANSIENT ? username : nameId;
  if (externalId.length > LONGEST_EXTERNAL_ID) {
    throw new SamlRefusal('attributes', `The name ID is longer than ${LONGEST_EXTERNAL_ID} characters.`);
  }
  const displayName = optional('display name', settings.displayName, attributes, trace);
  const emailAddress = optional('e-mail address', settings.email, attributes, trace);
  const groups = settings.groupAttribute === '' ? undefined : groupsFrom(settings, attributes);
  trace.passed(
    'attributes',
    `${shown(username)}${groups ? `, in ${groups.length === 1 ? '1 group' : `${groups.length} groups`}` : ''}.`,
  );
  return {
    externalId,
    username,
    ...(displayName !== undefined && { displayName }),
    ...(emailAddress !== undefined && { emailAddress }),
    ...(groups !== undefined && { groups }),
    attributes: Object.fromEntries(attributes),
  };
}

/** The values of custom fields for a portal, by code name. Fields whose attributes are missing are left out. */
export function customFieldsFrom(facts: AssertionFacts, settings: SamlSettings): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { codeName, template } of settings.customFields) {
    const value = filled(template, facts.attributes);
    if (value !== undefined) fields[codeName] = value.slice(0, 1024);
  }
  return fields;
}

/**
 * A name of an attribute, or text with names in braces as in `{FirstName} {LastName}`. Undefined when none of the
 * attributes has a value.
 */
export function filled(template: string, attributes: Attributes): string | undefined {
  if (!template.includes('{')) return cleaned(attributes.get(template)?.[0]);
  let some = false;
  const text = template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = attributes.get(name.trim())?.[0] ?? '';
    some ||= value !== '';
    return value;
  });
  return some ? cleaned(text) : undefined;
}

function cleaned(text: string | undefined): string | undefined {
  // Control characters have no place in a name and could forge lines of a log.
  const clean = text?.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return clean === '' ? undefined : clean;
}

function optional(
  what: string,
  template: string,
  attributes: Attributes,
  trace: ProviderTrace,
): string | undefined {
  if (template === '') return undefined;
  const value = filled(template, attributes);
  if (value === undefined) {
    trace.noted(
      'attributes',
      `There is no ${what}: ${shown(template)} is not among the attributes (${namesOf(attributes)}).`,
      'Let the identity provider send the attribute, or name another one here.',
    );
  }
  return value?.slice(0, 255);
}

/** The provider is asked for groups, so one that sends none takes every membership away. */
function groupsFrom({ groupAttribute, groupDelimiter }: SamlSettings, attributes: Attributes): string[] {
  const values = attributes.get(groupAttribute) ?? [];
  const names = groupDelimiter === '' ? values : values.flatMap((value) => value.split(groupDelimiter));
  const groups = new Set(names.map((name) => name.trim()).filter((name) => name !== ''));
  return [...groups].slice(0, MOST_GROUPS);
}

function missing(what: string, template: string, attributes: Attributes): SamlRefusal {
  return new SamlRefusal(
    'attributes',
    `The assertion has no ${what}: ${shown(template)} is not among its attributes (${namesOf(attributes)}).`,
    'Missing attribute: let the identity provider send it under this name, or name one of those that it sends. A blank user name attribute takes the name ID.',
  );
}

function namesOf(attributes: Attributes): string {
  const names = [...attributes.keys()];
  if (names.length === 0) return 'there are none';
  return `${names.slice(0, 30).join(', ')}${names.length > 30 ? ', …' : ''}`;
}
