import type { SecurityProvider } from '../../../appliance/directory/security-provider.ts';
import {
  PROVIDER_KINDS,
  PROVIDER_SECRETS,
  PROVIDER_SETTING_NAMES,
} from '../../../appliance/directory/security-provider-kinds.ts';
import type {
  SecurityProviderService,
  ShownProvider,
} from '../../../appliance/directory/security-provider-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function securityProviderHandlers({
  securityProviders,
}: {
  securityProviders: SecurityProviderService;
}): Partial<Handlers> {
  return {
    'api.config.security-provider.index': async (req, res) => {
      const withGroupLookupOnly = req.query.include_group_lookup ?? false;
      const { items, total } = await securityProviders.list(
        actorOf(req),
        { withGroupLookupOnly },
        pageOf(req.query),
      );
      sendPage(req, res, { items: items.map(toListed), total });
    },
    'api.config.security-provider.store': async (req, res) => {
      const { type, name } = req.body;
      const provider = await securityProviders.create(actorOf(req), { ...fromRequest(req.body), type, name });
      setRevision(res, provider);
      sendCreated(res, `/security-provider/${provider.id}`, toProvider(provider));
    },
    'api.config.security-provider.show': async (req, res) => {
      sendRevised(res, await securityProviders.show(actorOf(req), req.params.id), toProvider);
    },
    'api.config.security-provider.update': async (req, res) => {
      const changes = fromRequest(req.body);
      const provider = await securityProviders.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, provider, toProvider);
    },
    'api.config.security-provider.destroy': async (req, res) => {
      await securityProviders.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

const OF_A_TYPE: ReadonlySet<string> = new Set([...PROVIDER_SETTING_NAMES, ...PROVIDER_SECRETS]);

function fromRequest(body: BodyOf<'api.config.security-provider.update'>) {
  return {
    name: body.name,
    enabled: body.enabled ?? undefined,
    priority: body.priority ?? undefined,
    defaultPolicy: body.default_policy === null ? 0 : body.default_policy,
    settings: Object.fromEntries(Object.entries(body).filter(([name]) => OF_A_TYPE.has(name))),
  };
}

function toListed(provider: SecurityProvider): AnswerOf<'api.config.security-provider.index', 200>[number] {
  const kind = PROVIDER_KINDS[provider.type];
  const does = (what: boolean | 'chosen', name: string) =>
    what === 'chosen' ? provider.settings[name] === true : what;
  return {
    id: provider.id,
    type: provider.type,
    name: provider.name,
    enabled: provider.enabled,
    user_authentication: does(kind.userAuthentication, 'user_authentication'),
    group_lookup: does(kind.groupLookup, 'group_lookup'),
  };
}

/** The settings were checked against the kinds, which the schemas of the types repeat. */
function toProvider(provider: ShownProvider): AnswerOf<'api.config.security-provider.show', 200> {
  const { settings, secrets: names } = PROVIDER_KINDS[provider.type];
  const own = Object.fromEntries(
    Object.entries(settings).map(([name, { initial }]) => [name, provider.settings[name] ?? initial]),
  );
  const secrets = Object.fromEntries(names.map((name) => [`${name}_set`, provider.secrets.has(name)]));
  return {
    ...toListed(provider),
    priority: provider.priority,
    default_policy: provider.defaultPolicyId ?? 0,
    ...own,
    ...secrets,
    ...(provider.hostProblem !== undefined && { host_problem: provider.hostProblem }),
  } as AnswerOf<'api.config.security-provider.show', 200>;
}
