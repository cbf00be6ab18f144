import {
  type CredentialSummary,
  definePlugin,
  type EndpointFindOptions,
  type FindOptions,
  type GivenCredential,
  PluginError,
  type SessionContext,
} from '../../sdk/plugin.ts';
import { pathSegment } from '../http.ts';
import { recentOffers } from '../offers.ts';
import { tidyPrivateKey } from '../private-keys.ts';
import { fitsWords } from '../session-matching.ts';
import { fillTemplate } from '../session-templates.ts';
import { type RestClient, restClient } from './rest-client.ts';
import { endpointsFound } from './rest-endpoints.ts';
import { atPointer, decoded, textAt, textOfItem } from './rest-mapping.ts';
import { searchedItems } from './rest-pages.ts';
import { REST_SETTINGS, type RestSettings, restProblems } from './rest-settings.ts';

/** More than anybody is shown: for "is this credential offered at all". */
const ALL = 10_000;

export const plugin = definePlugin({
  name: 'rest',
  version: '1.0.0',
  description: 'Credentials of any store with an HTTP interface that speaks JSON.',
  settings: REST_SETTINGS,
  check: restProblems,
  create(settings, tools) {
    const client = restClient(settings, tools);
    const { endpoints_path } = settings;
    const pathOf = (template: string, session: SessionContext, more: Record<string, string>) =>
      fillTemplate(template, session, pathSegment, more);

    const offers = recentOffers();
    const offerOf = async (session: SessionContext, id: string, signal: AbortSignal) =>
      offers.find(session, id) ??
      (await offered(client, settings, session, { search: '', limit: ALL, signal })).find(
        (one) => one.id === id,
      );

    return {
      async findCredentials(session, options) {
        return offers.made(session, await offered(client, settings, session, options));
      },

      async getCredential(session, credentialId, { signal }) {
        const path = pathOf(settings.get_path, session, { id: credentialId });
        const offer = path === undefined ? undefined : await offerOf(session, credentialId, signal);
        const answer = path && offer && (await client.ask({ method: settings.get_method, path, signal }));
        if (!answer) {
          throw new PluginError('not_found', 'The store has no such credential for this session.');
        }
        // Some stores say the login where they list, and only the secret where they give it out.
        const { username } = offer as CredentialSummary;
        return {
          ...(username === undefined ? {} : { username }),
          ...credentialOf(answer.document, settings),
        };
      },

      async releaseCredential(session, credentialId, _endedAt, { lease, signal }) {
        const { release_path, release_method } = settings;
        const more = { id: credentialId, ...(lease === undefined ? {} : { lease }) };
        const path = release_path && pathOf(release_path, session, more);
        // Nothing there any longer is as good as released.
        if (path) await client.ask({ method: release_method, path, signal });
      },

      ...(endpoints_path !== undefined && {
        findEndpoints: (session: SessionContext, options: EndpointFindOptions) =>
          endpointsFound(client, { ...settings, endpoints_path }, session, options),
      }),

      async checkHealth({ signal }) {
        const { health_path } = settings;
        if (health_path === undefined)
          return { healthy: true, detail: 'No health_path is set, so nothing was asked.' };
        const answer = await client.ask({ method: 'GET', path: health_path, signal });
        return answer === undefined
          ? { healthy: false, detail: 'The store knows nothing at health_path.' }
          : { healthy: true, detail: 'The store answers.' };
      },
    };
  },
});

async function offered(
  client: RestClient,
  settings: RestSettings,
  session: SessionContext,
  options: FindOptions,
): Promise<CredentialSummary[]> {
  const listed = Object.entries(settings.credentials).flatMap(([label, id]) => {
    const filled = [fillTemplate(label, session), fillTemplate(id, session)];
    return filled[0] === undefined || filled[1] === undefined ? [] : [{ id: filled[1], label: filled[0] }];
  });
  const searched = settings.find_path?.includes('{search}') === true;
  const found = settings.find_path === undefined ? [] : await foundAt(settings.find_path);
  async function foundAt(path: string): Promise<CredentialSummary[]> {
    const { find_method: method, find_items: items } = settings;
    const asked = { path, method, items, itemsSetting: 'find_items' };
    return (await searchedItems(client, asked, session, options)).map((item) => summaryOf(item, settings));
  }
  const fits = ({ label, username }: CredentialSummary) => fitsWords(options.search, [label, username]);
  return [...listed.filter(fits), ...(searched ? found : found.filter(fits))]
    .filter(({ id, label }) => id !== '' && id.length <= 255 && label !== '')
    .slice(0, options.limit);
}

function summaryOf(item: Parameters<typeof textOfItem>[0], settings: RestSettings): CredentialSummary {
  const id = textOfItem(item, settings.find_id) ?? '';
  const username = textOfItem(item, settings.find_username);
  const label = textOfItem(item, settings.find_label) ?? id;
  return {
    id,
    label: label.slice(0, 255),
    ...(username === undefined ? {} : { username: username.slice(0, 255) }),
  };
}

function credentialOf(document: unknown, settings: RestSettings): GivenCredential {
  const content = decoded(atPointer(document, settings.get_content), settings.get_decode);
  const privateKey = textAt(content, settings.get_private_key);
  const fields = {
    username: textAt(content, settings.get_username),
    domain: textAt(content, settings.get_domain),
    password: textAt(content, settings.get_password),
    privateKey: privateKey && tidyPrivateKey(privateKey),
    passphrase: textAt(content, settings.get_passphrase),
    lease: textAt(document, settings.get_lease),
  };
  if (fields.password === undefined && fields.privateKey === undefined) {
    throw new PluginError(
      'misconfigured',
      'The answer of the store has neither a password nor a private key there.',
    );
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
