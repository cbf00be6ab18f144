import type { ShownScimGroup } from '../../appliance/directory/scim-group-service.ts';
import { ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA } from '../../appliance/directory/scim-schema.ts';
import type { ShownScimUser } from '../../appliance/directory/scim-user-service.ts';

type Json = Record<string, unknown>;

/** A user on the wire. `base` is the address of the API in the form the caller used. */
export function userResource(user: ShownScimUser, base: string): Json {
  const { [ENTERPRISE_SCHEMA]: enterprise, ...attributes } = user.attributes;
  return {
    schemas: enterprise === undefined ? [USER_SCHEMA] : [USER_SCHEMA, ENTERPRISE_SCHEMA],
    id: user.id,
    ...(user.externalId !== null && { externalId: user.externalId }),
    userName: user.userName,
    ...attributes,
    active: user.active,
    ...(user.groups.length > 0 && {
      groups: user.groups.map(({ id, name }) => ({
        value: id,
        $ref: `${base}/Groups/${id}`,
        display: name,
        type: 'direct',
      })),
    }),
    ...(enterprise !== undefined && { [ENTERPRISE_SCHEMA]: enterprise }),
    meta: metaOf('User', `${base}/Users/${user.id}`, user),
  };
}

export function groupResource(group: ShownScimGroup, base: string): Json {
  return {
    schemas: [GROUP_SCHEMA],
    id: group.id,
    ...(group.externalId !== null && { externalId: group.externalId }),
    displayName: group.displayName,
    ...(group.shownMembers !== undefined && {
      members: group.shownMembers.map(({ id, name }) => ({
        value: id,
        $ref: `${base}/Users/${id}`,
        type: 'User',
        display: name,
      })),
    }),
    meta: metaOf('Group', `${base}/Groups/${group.id}`, group),
  };
}

export function versionOf({ revision }: { revision: number }): string {
  return `W/"${revision}"`;
}

function metaOf(
  resourceType: 'User' | 'Group',
  location: string,
  resource: { createdAt: Date; lastModified: Date; revision: number },
): Json {
  return {
    resourceType,
    created: resource.createdAt.toISOString(),
    lastModified: resource.lastModified.toISOString(),
    location,
    version: versionOf(resource),
  };
}
