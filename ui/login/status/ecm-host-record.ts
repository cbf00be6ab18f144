import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import type { Field } from '../../shared/record-form.tsx';
import type { Removable } from '../../shared/remove-record.tsx';

export type EcmHost = Schema<'EcmHost'>;
export type EcmPlugin = Schema<'EcmPlugin'>;

export const NAME_FIELD: Field = {
  name: 'name',
  label: 'Name',
  kind: 'text',
  required: true,
  maxLength: 128,
};

export function readHost(id: number, signal: AbortSignal): Promise<Read<EcmHost>> {
  return readOf(client.GET('/ecm-host/{id}', { params: { path: { id } }, signal }));
}

export const REMOVABLE: Removable<EcmHost> = {
  name: 'ecm hosts',
  noun: 'ECM host',
  rowKey: ({ id }) => String(id),
  rowName: ({ name }) => name,
  read: ({ id }, signal) => readHost(id, signal),
  remove: ({ id }, header) => ok(client.DELETE('/ecm-host/{id}', { params: { path: { id }, header } })),
  removeWarning: () => 'Its key counts no more and its connection is closed.',
  fields: () => [NAME_FIELD],
  toForm: ({ name }) => ({ name }),
};

/** Those that are asked, the first one first; needs them {@link inOrder}. */
export function connectedOf(hosts: EcmHost[]): EcmHost[] {
  return hosts.filter(({ connection }) => connection === 'connected');
}

const RANK: Record<EcmHost['connection'], number> = {
  connected: 0,
  waiting_for_room: 1,
  waiting_for_approval: 2,
  disconnected: 3,
};

/** First those that are asked, the one connected longest before the others, then those that wait, then the rest. */
export function inOrder(hosts: EcmHost[]): EcmHost[] {
  return [...hosts].sort(
    (one, other) =>
      RANK[one.connection] - RANK[other.connection] ||
      (one.connected_since ?? '').localeCompare(other.connected_since ?? '') ||
      one.id - other.id,
  );
}
