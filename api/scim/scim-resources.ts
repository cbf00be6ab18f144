import type { Actor } from '../../appliance/actor.ts';
import { readDocument } from '../../appliance/directory/scim-document.ts';
import { groupChangeByPatch, groupChangeOf } from '../../appliance/directory/scim-group-changes.ts';
import type { ScimGroupService, ShownScimGroup } from '../../appliance/directory/scim-group-service.ts';
import { patchedDocument } from '../../appliance/directory/scim-patch.ts';
import type { ScimResourceType } from '../../appliance/directory/scim-schema.ts';
import type { ScimUserService, ShownScimUser } from '../../appliance/directory/scim-user-service.ts';
import type { Page } from '../../appliance/paging.ts';
import type { WantedRevisions } from '../../appliance/revision.ts';
import { projectionOf, type ScimProjection } from './scim-projection.ts';
import { patchOperationsOf, type ScimQuestion } from './scim-request.ts';
import { groupResource, userResource } from './scim-resource.ts';

export interface ScimServices {
  users: ScimUserService;
  groups: ScimGroupService;
}

export type Json = Record<string, unknown>;

/** A resource as it is answered. */
export interface ScimAnswer {
  resource: Json;
  location: string;
  revision: number;
}

/** What can be done with the resources of one type: HTTP requests and bulk operations both come here. */
export interface ScimResources {
  type: ScimResourceType;
  list(actor: Actor, question: ScimQuestion, base: string, anyType?: boolean): Promise<Page<Json>>;
  show(actor: Actor, id: string, projection: ScimProjection, base: string): Promise<ScimAnswer>;
  create(actor: Actor, body: unknown, base: string, id?: string): Promise<ScimAnswer>;
  replace(
    actor: Actor,
    id: string,
    body: unknown,
    base: string,
    wanted: WantedRevisions,
  ): Promise<ScimAnswer>;
  patch(actor: Actor, id: string, body: unknown, base: string, wanted: WantedRevisions): Promise<ScimAnswer>;
  delete(actor: Actor, id: string, wanted: WantedRevisions): Promise<void>;
}

export function userResources({ users }: ScimServices): ScimResources {
  const answer = (user: ShownScimUser, base: string): ScimAnswer => ({
    resource: userResource(user, base),
    location: `${base}/Users/${user.id}`,
    revision: user.revision,
  });
  return {
    type: 'User',
    async list(actor, question, base, anyType = false) {
      const projection = projectionOf('User', question);
      const { items, total } = await users.list(
        actor,
        { ...question.query, anyType },
        projection.wants('groups'),
      );
      return { items: items.map((user) => projection.apply(userResource(user, base))), total };
    },
    show: async (actor, id, _projection, base) => answer(await users.show(actor, id), base),
    create: async (actor, body, base, id) =>
      answer(await users.create(actor, readDocument('User', body), id), base),
    replace: async (actor, id, body, base, wanted) =>
      answer(await users.replace(actor, id, readDocument('User', body), wanted), base),
    async patch(actor, id, body, base, wanted) {
      const operations = patchOperationsOf(body);
      const change = (document: Json) => patchedDocument('User', document, operations);
      return answer(await users.change(actor, id, change, wanted), base);
    },
    delete: (actor, id, wanted) => users.delete(actor, id, wanted),
  };
}

export function groupResources({ groups }: ScimServices): ScimResources {
  const answer = (group: ShownScimGroup, base: string): ScimAnswer => ({
    resource: groupResource(group, base),
    location: `${base}/Groups/${group.id}`,
    revision: group.revision,
  });
  return {
    type: 'Group',
    async list(actor, question, base, anyType = false) {
      const projection = projectionOf('Group', question);
      const withMembers = projection.wants('members');
      const { items, total } = await groups.list(actor, { ...question.query, anyType }, withMembers);
      return { items: items.map((group) => projection.apply(groupResource(group, base))), total };
    },
    show: async (actor, id, projection, base) =>
      answer(await groups.show(actor, id, projection.wants('members')), base),
    create: async (actor, body, base, id) =>
      answer(await groups.create(actor, groupChangeOf(body), id), base),
    replace: async (actor, id, body, base, wanted) =>
      answer(await groups.change(actor, id, groupChangeOf(body), wanted), base),
    patch: async (actor, id, body, base, wanted) =>
      answer(await groups.change(actor, id, groupChangeByPatch(patchOperationsOf(body)), wanted), base),
    delete: (actor, id, wanted) => groups.delete(actor, id, wanted),
  };
}
