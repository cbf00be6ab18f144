import { ApiError, client, ok, pageOf, type Read, readOf, type Schema } from '../../shared/api.ts';
import type { AssociationPanelProps } from './association-panel.tsx';
import { type AssociationValues, associationOf } from './association-values.ts';

type Association = Schema<'AccountJumpItemAssociation'>;

export function groupAssociation(id: number): AssociationPanelProps {
  const path = { id };
  return {
    name: `vault account group ${id}`,
    read: (signal) =>
      readOf(client.GET('/vault/account-group/{id}/jump-item-association', { params: { path }, signal })),
    save: (values, { ifMatch: header }) =>
      ok(
        client.PATCH('/vault/account-group/{id}/jump-item-association', {
          params: { path, header },
          body: associationOf(values),
        }),
      ),
    matching: (query, signal) =>
      pageOf(
        client.GET('/vault/account-group/{id}/jump-item-association/matching-jump-item', {
          params: { path, query },
          signal,
        }),
      ),
  };
}

/** `group`: what the account group is called, whose association holds while the account has none of its own. */
export function accountAssociation(id: number, group: string): AssociationPanelProps {
  const path = { id };
  const own = '/vault/account/{id}/jump-item-association';
  return {
    name: `vault account ${id}`,
    inheritsFrom: group,
    read: async (signal) => {
      try {
        return await readOf(client.GET(own, { params: { path }, signal }));
      } catch (error) {
        // So the API says that it inherits; an account that is gone answers 404.
        if (error instanceof ApiError && error.status === 422) return { value: undefined, ifMatch: {} };
        throw error;
      }
    },
    save: saveOwn,
    matching: (query, signal) =>
      pageOf(client.GET(`${own}/matching-jump-item`, { params: { path, query }, signal })),
  };

  async function saveOwn(values: AssociationValues, held: Read<Association | undefined>): Promise<void> {
    const params = { path, header: held.ifMatch };
    if (values.filter_type === 'inherit') {
      if (held.value !== undefined) await ok(client.DELETE(own, { params }));
    } else if (held.value === undefined) {
      await ok(client.POST(own, { params: { path }, body: associationOf(values) }));
    } else await ok(client.PATCH(own, { params, body: associationOf(values) }));
  }
}
