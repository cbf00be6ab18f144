import {
  ENTERPRISE_SCHEMA,
  ENTERPRISE_USER,
  GROUP,
  GROUP_SCHEMA,
  USER,
  USER_SCHEMA,
} from '../../appliance/directory/scim-schema.ts';
import { MOST_BULK_BYTES, MOST_BULK_OPERATIONS } from './scim-bulk.ts';
import { MOST_COUNT } from './scim-request.ts';

type Json = Record<string, unknown>;

const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';
const TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';

/** What this server can do (RFC 7643, section 5). */
export function serviceProviderConfig(base: string): Json {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: MOST_BULK_OPERATIONS, maxPayloadSize: MOST_BULK_BYTES },
    filter: { supported: true, maxResults: MOST_COUNT },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth bearer token',
        description:
          'The token of an API account with the SCIM permission or, where that account allows it, its client secret.',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(base: string): Json[] {
  const type = (name: string, endpoint: string, description: string, schema: string, more: Json = {}) => ({
    schemas: [TYPE_SCHEMA],
    id: name,
    name,
    endpoint,
    description,
    schema,
    ...more,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  });
  return [
    type('User', '/Users', USER.description, USER_SCHEMA, {
      schemaExtensions: [{ schema: ENTERPRISE_SCHEMA, required: false }],
    }),
    type('Group', '/Groups', GROUP.description, GROUP_SCHEMA),
  ];
}

export function schemaDocuments(base: string): Json[] {
  return [USER, ENTERPRISE_USER, GROUP].map(({ id, name, description, attributes }) => ({
    schemas: [SCHEMA_SCHEMA],
    id,
    name,
    description,
    attributes,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  }));
}
