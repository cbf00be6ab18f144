import { ApiError, client, everyPage, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import type { Choice } from '../../shared/choices.ts';
import { NAME } from '../../shared/common-fields.ts';
import type { Field, FormValues } from '../../shared/record-form.tsx';
import type { Removable } from '../../shared/remove-record.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { formOf, type ProviderType } from './security-provider-fields.ts';

export type Provider = Schema<'SecurityProviderDetails'>;

export const REMOVABLE: Removable<Provider> = {
  name: 'security-providers',
  noun: 'security provider',
  rowKey: ({ id }) => String(id),
  rowName: ({ name }) => name,
  read: ({ id }, signal) => readProvider(id, signal),
  remove: ({ id }, header) =>
    ok(client.DELETE('/security-provider/{id}', { params: { path: { id }, header } })),
  removeWarning: () =>
    'A provider that users, members of group policies or other providers still use cannot be deleted. Its secrets are deleted with it.',
  fields: ({ type }) => [...commonFields(type, []), ...formOf(type, []).fields],
  toForm: (provider) => provider as unknown as FormValues,
};

export function commonFields(type: ProviderType, policies: Choice[]): Field[] {
  return [
    NAME,
    {
      name: 'enabled',
      label: 'Enabled',
      kind: 'checkbox',
      ...(type === 'local'
        ? { disabled: true, help: 'Administrators sign in by it, so it cannot be disabled.' }
        : {}),
    },
    {
      name: 'default_policy',
      label: 'Default group policy',
      kind: 'select',
      numeric: true,
      options: policies,
      help: 'Every user of this provider belongs to it.',
    },
  ];
}

/** To the API, 0 is no group policy. */
export function withPolicy(values: FormValues): FormValues {
  return { ...values, default_policy: values.default_policy ?? 0 };
}

export function groupProviders(providers: Read<Provider>[] | undefined): Choice[] {
  return (providers ?? [])
    .filter(({ value }) => value.type === 'ldap' && value.group_lookup)
    .map(({ value }) => ({ value: String(value.id), label: value.name }));
}

/** Those that may sign in whom SCIM provisions. */
export function signInProviders(providers: Read<Provider>[] | undefined): Choice[] {
  return (providers ?? [])
    .filter(({ value }) => ['ldap', 'saml', 'oidc', 'kerberos', 'radius'].includes(value.type))
    .map(({ value }) => ({ value: String(value.id), label: value.name }));
}

export function readProvider(id: number, signal: AbortSignal): Promise<Read<Provider>> {
  return readOf(client.GET('/security-provider/{id}', { params: { path: { id } }, signal }));
}

export function updateProvider(
  provider: Provider,
  values: object,
  header: Read<unknown>['ifMatch'],
): Promise<unknown> {
  return ok(
    client.PATCH('/security-provider/{id}', {
      params: { path: { id: provider.id }, header },
      body: bodyOf<Schema<'SecurityProviderUpdate'>>(values as Record<string, unknown>),
    }),
  );
}

/** There are few; the list of the API leaves out their order, so each is read. */
export async function everyProvider(signal: AbortSignal): Promise<Read<Provider>[]> {
  const listed = await everyPage((page) =>
    client.GET('/security-provider', {
      params: { query: { per_page: 100, current_page: page, include_group_lookup: true } },
      signal,
    }),
  );
  const read = await Promise.all(
    listed.map(({ id }) =>
      readProvider(id, signal).catch((error) => {
        // Deleted since the list was read.
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }),
    ),
  );
  return read
    .filter((provider) => provider !== undefined)
    .sort((a, b) => a.value.priority - b.value.priority);
}
