import type { CredentialSummary, FindOptions, SessionContext } from '../../sdk/plugin.ts';
import { isRecord } from '../http.ts';
import { fitsWords, hostsOf } from '../session-matching.ts';
import type { SecretServer } from './secret-server.ts';

const PAGE = 100;
const MOST_PAGES = 50;

export interface SearchSettings {
  offer: 'matching' | 'all';
  host_field: string;
  username_field: string;
  folder_id: number | undefined;
  include_subfolders: boolean;
}

/** The secrets that may be offered: those whose host field is the system's name, or all; searched by the server. */
export async function searchSecrets(
  server: SecretServer,
  settings: SearchSettings,
  session: SessionContext,
  options: FindOptions,
): Promise<CredentialSummary[]> {
  const searches =
    settings.offer === 'all'
      ? [[['filter.searchText', options.search]] as const]
      : hostsOf(session).map(
          (host) =>
            [
              ['filter.searchText', host],
              ['filter.searchFieldSlug', settings.host_field],
              ['filter.isExactMatch', 'true'],
            ] as const,
        );
  const found = new Map<string, CredentialSummary>();
  for (const search of searches) {
    for await (const secret of pages(server, settings, search, options.signal)) {
      if (settings.offer === 'all' || fitsWords(options.search, [secret.label, secret.username])) {
        found.set(secret.id, secret);
      }
      if (found.size >= options.limit) return [...found.values()];
    }
  }
  return [...found.values()];
}

async function* pages(
  server: SecretServer,
  { username_field, folder_id, include_subfolders }: SearchSettings,
  search: readonly (readonly [string, string])[],
  signal: AbortSignal,
): AsyncGenerator<CredentialSummary> {
  let skip = 0;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await server.ask({
      method: 'GET',
      path: '/secrets',
      query: [
        ...search.filter(([, value]) => value !== ''),
        ['filter.includeRestricted', 'true'],
        ...(folder_id === undefined
          ? []
          : ([
              ['filter.folderId', String(folder_id)],
              ['filter.includeSubFolders', String(include_subfolders)],
            ] as const)),
        ...(username_field === '' ? [] : [['filter.extendedFields', username_field] as const]),
        ['sortBy[0].name', 'name'],
        ['sortBy[0].direction', 'asc'],
        ['skip', String(skip)],
        ['take', String(PAGE)],
      ],
      signal,
    });
    const { records, hasNext, nextSkip } = isRecord(answer) ? answer : {};
    const list = Array.isArray(records) ? records.filter(isRecord) : [];
    for (const record of list) {
      const summary = summaryOf(record, username_field);
      if (summary !== undefined) yield summary;
    }
    if (hasNext !== true || list.length === 0) return;
    skip = typeof nextSkip === 'number' && nextSkip > skip ? nextSkip : skip + list.length;
  }
}

/** DoubleLock takes a password of a person, so that such a secret is nothing for a plug-in. */
function summaryOf(record: Record<string, unknown>, usernameField: string): CredentialSummary | undefined {
  const { id, name, active, folderPath, doubleLockEnabled, extendedFields } = record;
  if (typeof id !== 'number' || typeof name !== 'string' || active === false || doubleLockEnabled === true) {
    return undefined;
  }
  const fields = Array.isArray(extendedFields) ? extendedFields.filter(isRecord) : [];
  const field = fields.find((one) => String(one.name).toLowerCase() === usernameField.toLowerCase());
  const username = typeof field?.value === 'string' ? field.value.slice(0, 255) : '';
  const label = typeof folderPath === 'string' && folderPath !== '' ? `${name} (${folderPath})` : name;
  return { id: String(id), label: label.slice(0, 255), ...(username === '' ? {} : { username }) };
}
