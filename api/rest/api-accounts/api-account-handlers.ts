import type { ApiAccount } from '../../../appliance/access/api-account.ts';
import type {
  ApiAccountService,
  ApiAccountWithSecret,
} from '../../../appliance/access/api-account-service.ts';
import { API_PERMISSIONS, type ApiPermission } from '../../../appliance/actor.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function apiAccountHandlers({ apiAccounts }: { apiAccounts: ApiAccountService }): Partial<Handlers> {
  return {
    'api.config.api-account.index': async (req, res) => {
      const page = await apiAccounts.list(actorOf(req), { name: req.query.name }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toAccount), total: page.total });
    },
    'api.config.api-account.store': async (req, res) => {
      const created = await apiAccounts.create(actorOf(req), {
        ...fromRequest(req.body, []),
        name: req.body.name,
      });
      setRevision(res, created.account);
      sendCreated(res, `/api-account/${created.account.id}`, withSecret(created));
    },
    'api.config.api-account.show': async (req, res) => {
      sendRevised(res, await apiAccounts.show(actorOf(req), req.params.id), toAccount);
    },
    'api.config.api-account.update': async (req, res) => {
      const actor = actorOf(req);
      const before = await apiAccounts.show(actor, req.params.id);
      const changes = fromRequest(req.body, before.permissions);
      sendRevised(res, await apiAccounts.update(actor, req.params.id, changes, revisionsOf(req)), toAccount);
    },
    'api.config.api-account.destroy': async (req, res) => {
      await apiAccounts.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.api-account.secret': async (req, res) => {
      res.json(withSecret(await apiAccounts.regenerateSecret(actorOf(req), req.params.id)));
    },
  };
}

type AccountBody = BodyOf<'api.config.api-account.update'>;

function fromRequest(body: AccountBody, permissionsBefore: readonly ApiPermission[]) {
  return {
    name: body.name,
    comments: body.comments === null ? '' : body.comments,
    enabled: body.enabled ?? undefined,
    ipAddresses: body.ip_addresses === null ? '' : body.ip_addresses,
    commandLevel: body.perm_command ?? undefined,
    permissions: permissionsOf(body, permissionsBefore),
    longLivedBearerToken: body.long_lived_bearer_token ?? undefined,
  };
}

/** The contract has one field per permission; those it does not name stay as they were. */
function permissionsOf(body: AccountBody, before: readonly ApiPermission[]): ApiPermission[] | undefined {
  if (API_PERMISSIONS.every((permission) => typeof body[permission] !== 'boolean')) return undefined;
  return API_PERMISSIONS.filter((permission) => body[permission] ?? before.includes(permission));
}

function toAccount(account: ApiAccount): AnswerOf<'api.config.api-account.show', 200> {
  const has = (permission: ApiPermission) => account.permissions.includes(permission);
  return {
    id: account.id,
    name: account.name,
    comments: account.comments,
    enabled: account.enabled,
    ip_addresses: account.ipAddresses,
    client_id: account.clientId,
    failed_login_attempts: account.failedLogins,
    failed_login_expiration: account.lockedUntil === null ? '' : dateTime(account.lockedUntil),
    perm_command: account.commandLevel,
    perm_reporting_support: has('perm_reporting_support'),
    perm_reporting_license: has('perm_reporting_license'),
    perm_reporting_archive: has('perm_reporting_archive'),
    perm_reporting_vault: has('perm_reporting_vault'),
    perm_reporting_jump_item: has('perm_reporting_jump_item'),
    perm_reporting_syslog: has('perm_reporting_syslog'),
    perm_backup: has('perm_backup'),
    perm_vault_backup: has('perm_vault_backup'),
    perm_real_time_state: has('perm_real_time_state'),
    perm_ecm: has('perm_ecm'),
    perm_scim: has('perm_scim'),
    perm_configuration: has('perm_configuration'),
    perm_configuration_vault_account: has('perm_configuration_vault_account'),
    perm_configuration_security: has('perm_configuration_security'),
    long_lived_bearer_token: account.longLivedBearerToken,
  };
}

function withSecret({
  account,
  secret,
}: ApiAccountWithSecret): AnswerOf<'api.config.api-account.secret', 200> {
  return { ...toAccount(account), client_secret: secret };
}
