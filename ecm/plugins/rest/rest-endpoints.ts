import type { EndpointFindOptions, EndpointSummary, SessionContext } from '../../sdk/plugin.ts';
import { fitsWords } from '../session-matching.ts';
import type { RestClient } from './rest-client.ts';
import { type Item, textOfItem } from './rest-mapping.ts';
import { searchedItems } from './rest-pages.ts';
import type { RestSettings } from './rest-settings.ts';

/** More than anybody is shown, so that words are looked for in all there is. */
const ALL = 10_000;

/** The systems that the store lists. Those without a host name, or of a kind that was not asked for, are left out. */
export async function endpointsFound(
  client: RestClient,
  settings: RestSettings & { endpoints_path: string },
  session: SessionContext,
  options: EndpointFindOptions,
): Promise<EndpointSummary[]> {
  const { search, limit, types } = options;
  const searched = settings.endpoints_path.includes('{search}');
  const asked = {
    path: settings.endpoints_path,
    method: 'GET',
    items: settings.endpoints_items,
    itemsSetting: 'endpoints_items',
  } as const;
  const items = await searchedItems(client, asked, session, {
    ...options,
    limit: searched ? limit : Math.max(limit, ALL),
  });
  return items
    .flatMap((item) => endpointOf(item, settings) ?? [])
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .filter(({ label, hostname }) => searched || fitsWords(search, [label, hostname]))
    .slice(0, limit);
}

function endpointOf(item: Item, settings: RestSettings): EndpointSummary | undefined {
  const id = textOfItem(item, settings.endpoints_id) ?? '';
  const hostname = textOfItem(item, settings.endpoints_hostname) ?? '';
  if (id === '' || id.length > 255 || hostname === '' || hostname.length > 255) return undefined;
  const { endpoints_type: kind } = settings;
  const type = kind.startsWith('/') ? textOfItem(item, kind) : kind;
  const label = textOfItem(item, settings.endpoints_label) ?? hostname;
  const port = Number(textOfItem(item, settings.endpoints_port));
  return {
    id,
    label: label.slice(0, 255),
    type: type ?? 'shell_jump',
    hostname,
    ...(Number.isInteger(port) && port >= 1 && port <= 65535 && { port }),
  };
}
