/** Schema URNs of RFC 7643. */
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export type ScimAttributeType = 'string' | 'boolean' | 'dateTime' | 'reference' | 'binary' | 'complex';

/** A definition in the terms of RFC 7643, section 7. */
export interface ScimAttribute {
  name: string;
  type: ScimAttributeType;
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: 'readOnly' | 'readWrite' | 'writeOnly';
  returned: 'always' | 'never' | 'default';
  uniqueness: 'none' | 'server';
  canonicalValues?: readonly string[];
  referenceTypes?: readonly string[];
  subAttributes?: readonly ScimAttribute[];
}

export interface ScimSchema {
  id: string;
  name: string;
  description: string;
  attributes: readonly ScimAttribute[];
}

type Traits = Partial<Omit<ScimAttribute, 'name' | 'description'>>;

function attribute(name: string, description: string, traits: Traits = {}): ScimAttribute {
  return {
    name,
    description,
    type: 'string',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...traits,
  };
}

const complex = (name: string, description: string, subAttributes: ScimAttribute[], traits: Traits = {}) =>
  attribute(name, description, { type: 'complex', subAttributes, ...traits });

/** A multi-valued attribute with the usual sub-attributes (RFC 7643, section 2.4). */
function values(name: string, description: string, value: Traits, types: string[] = []): ScimAttribute {
  const subAttributes = [
    attribute('value', 'The value.', value),
    attribute('display', 'A name of the value for people.'),
    attribute('type', 'What the value is for.', types.length > 0 ? { canonicalValues: types } : {}),
    attribute('primary', 'Whether it is the preferred value; at most one is.', { type: 'boolean' }),
  ];
  return complex(name, description, subAttributes, { multiValued: true });
}

const web = (...referenceTypes: string[]): Traits => ({ type: 'reference', referenceTypes, caseExact: true });
const readOnly: Traits = { mutability: 'readOnly' };

/** Of every resource. They are in no schema document (RFC 7643, section 3.1). */
export const COMMON_ATTRIBUTES: readonly ScimAttribute[] = [
  attribute('id', 'What the appliance calls the resource.', {
    ...readOnly,
    caseExact: true,
    returned: 'always',
  }),
  attribute('externalId', 'What the directory calls the resource.', { caseExact: true }),
  attribute('schemas', 'The schemas of the resource.', {
    multiValued: true,
    caseExact: true,
    returned: 'always',
  }),
  complex(
    'meta',
    'When the resource was made and changed.',
    [
      attribute('resourceType', 'User or Group.', { ...readOnly, caseExact: true }),
      attribute('created', 'When it was made.', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When it was changed last.', { ...readOnly, type: 'dateTime' }),
      attribute('location', 'Its address.', { ...readOnly, ...web('uri') }),
      attribute('version', 'Its entity tag.', { ...readOnly, caseExact: true }),
    ],
    readOnly,
  ),
];

const PLACES = ['work', 'home', 'other'];

export const USER: ScimSchema = {
  id: USER_SCHEMA,
  name: 'User',
  description: 'A person who signs in.',
  attributes: [
    attribute('userName', 'The name the person signs in with; unique over the whole site.', {
      required: true,
      uniqueness: 'server',
    }),
    complex('name', 'The parts of the person’s name.', [
      attribute('formatted', 'The full name.'),
      attribute('familyName', 'The family name.'),
      attribute('givenName', 'The given name.'),
      attribute('middleName', 'Middle names.'),
      attribute('honorificPrefix', 'A title before the name.'),
      attribute('honorificSuffix', 'A title after the name.'),
    ]),
    attribute('displayName', 'The name shown to others.'),
    attribute('nickName', 'A casual name.'),
    attribute('profileUrl', 'A page about the person.', web('external')),
    attribute('title', 'The person’s position.'),
    attribute('userType', 'How the person belongs to the organisation.'),
    attribute('preferredLanguage', 'A language range as in Accept-Language.'),
    attribute('locale', 'A locale such as en-US.'),
    attribute('timezone', 'A time zone such as Europe/Vienna.'),
    attribute('active', 'Whether the person may sign in. False ends every sign-in at once.', {
      type: 'boolean',
    }),
    attribute('password', 'Accepted and not kept: passwords are a matter of the directory.', {
      mutability: 'writeOnly',
      returned: 'never',
      caseExact: true,
    }),
    values('emails', 'E-mail addresses.', {}, PLACES),
    values('phoneNumbers', 'Telephone numbers.', {}, ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    values('ims', 'Instant-messaging addresses.', {}),
    values('photos', 'Addresses of pictures.', web('external'), ['photo', 'thumbnail']),
    complex(
      'addresses',
      'Postal addresses.',
      [
        attribute('formatted', 'The whole address.'),
        attribute('streetAddress', 'Street and number.'),
        attribute('locality', 'City.'),
        attribute('region', 'State or region.'),
        attribute('postalCode', 'Postal code.'),
        attribute('country', 'Two letters of ISO 3166-1.'),
        attribute('type', 'What the address is for.', { canonicalValues: PLACES }),
        attribute('primary', 'Whether it is the preferred address.', { type: 'boolean' }),
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups the person is a member of. Changed through the groups.',
      [
        attribute('value', 'The id of the group.', { ...readOnly, caseExact: true }),
        attribute('$ref', 'Its address.', { ...readOnly, ...web('Group') }),
        attribute('display', 'Its name.', readOnly),
        attribute('type', 'direct.', { ...readOnly, canonicalValues: ['direct'] }),
      ],
      { ...readOnly, multiValued: true },
    ),
    values('entitlements', 'Kept for the directory; they mean nothing here.', {}),
    values('roles', 'Kept for the directory; they mean nothing here.', {}),
    values('x509Certificates', 'Certificates, DER in Base64.', { type: 'binary', caseExact: true }),
  ],
};

export const ENTERPRISE_USER: ScimSchema = {
  id: ENTERPRISE_SCHEMA,
  name: 'EnterpriseUser',
  description: 'The person in the organisation.',
  attributes: [
    attribute('employeeNumber', 'A number or text the organisation gives.'),
    attribute('costCenter', 'Cost centre.'),
    attribute('organization', 'Organisation.'),
    attribute('division', 'Division.'),
    attribute('department', 'Department.'),
    complex('manager', 'Whom the person reports to.', [
      attribute('value', 'The id of the manager.', { caseExact: true }),
      attribute('$ref', 'The address of the manager.', web('User')),
      attribute('displayName', 'The manager’s name.', readOnly),
    ]),
  ],
};

export const GROUP: ScimSchema = {
  id: GROUP_SCHEMA,
  name: 'Group',
  description: 'A group of people. Group policies name groups; what they define then holds for the members.',
  attributes: [
    attribute('displayName', 'The name of the group.', { required: true }),
    complex(
      'members',
      'The people in the group. Groups within groups are refused.',
      [
        attribute('value', 'The id of a user.', { caseExact: true }),
        attribute('$ref', 'The address of the user.', web('User')),
        attribute('type', 'User.', { canonicalValues: ['User'] }),
        attribute('display', 'The name of the user.', readOnly),
      ],
      { multiValued: true },
    ),
  ],
};

export type ScimResourceType = 'User' | 'Group';

/** The core schema of a resource type and its extensions, in this order. */
export const SCHEMAS_OF: Readonly<Record<ScimResourceType, readonly ScimSchema[]>> = {
  User: [USER, ENTERPRISE_USER],
  Group: [GROUP],
};

/** Names are compared without case (RFC 7643, section 2.1). */
export function attributeNamed(
  attributes: readonly ScimAttribute[] | undefined,
  name: string,
): ScimAttribute | undefined {
  const wanted = name.toLowerCase();
  return attributes?.find((one) => one.name.toLowerCase() === wanted);
}
