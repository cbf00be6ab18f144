import { type Actor, API_PERMISSIONS, type ApiPermission, type CommandLevel } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { ApiAccount, ApiAccountSettings } from './api-account.ts';
import {
  mayConfigureSecurity,
  requireConfiguration,
  requireSecurityConfiguration,
} from './configuration-rights.ts';
import type { CredentialEvents } from './credential-events.ts';
import { parseNetworkList } from './network-list.ts';

const API_ACCOUNT = new ObjectKind<ApiAccount>({
  type: 'api_account',
  noun: 'API account',
  name: (account) => account.name,
});

export type NewApiAccount = Pick<ApiAccountSettings, 'name'> & Changes<Omit<ApiAccountSettings, 'name'>>;

/** The secret's text exists only in this answer. */
export interface ApiAccountWithSecret {
  account: ApiAccount;
  secret: string;
}

const NEW_ACCOUNT: Omit<ApiAccountSettings, 'name'> = {
  comments: '',
  enabled: true,
  ipAddresses: '',
  commandLevel: 'deny',
  permissions: [],
  longLivedBearerToken: false,
};
const COMMAND_LEVELS: readonly CommandLevel[] = ['deny', 'read_only', 'full_access'];
const CLIENT_ID_LENGTH = 40;

/** API accounts. An API account that manages others can neither give nor take over what it lacks itself. */
export class ApiAccountService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(
    actor: Actor,
    filter: { name?: string | undefined },
    page: PageRequest,
  ): Promise<Page<ApiAccount>> {
    requireEither(actor);
    return await this.#stores.apiAccounts.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<ApiAccount> {
    requireEither(actor);
    return (await this.#stores.apiAccounts.findById(id)) ?? API_ACCOUNT.missing(id);
  }

  async create(actor: Actor, input: NewApiAccount): Promise<ApiAccountWithSecret> {
    requireSecurityConfiguration(actor);
    const settings: ApiAccountSettings = { ...NEW_ACCOUNT, ...named(input), name: input.name };
    checkNetworks(settings.ipAddresses);
    requireOwnPermissions(actor, settings, 'grant');
    const secret = randomToken();
    const account = await this.#unitOfWork.inTransaction(async ({ apiAccounts, auditLog }) => {
      const created = await apiAccounts.insert(settings, randomToken(CLIENT_ID_LENGTH), hashSecret(secret));
      await auditLog.record({
        type: 'api_account.created',
        actor,
        object: API_ACCOUNT.audited(created),
        after: { ...auditState(settings), client_id: created.clientId },
      });
      return created;
    });
    return { account, secret };
  }

  /** Disabling an account ends its tokens. */
  async update(
    actor: Actor,
    id: number,
    changes: Changes<ApiAccountSettings>,
    ifRevision?: WantedRevisions,
  ): Promise<ApiAccount> {
    requireSecurityConfiguration(actor);
    const { account, disabled } = await this.#unitOfWork.inTransaction(
      async ({ apiAccounts, apiTokens, auditLog }) => {
        const before = await API_ACCOUNT.lock(apiAccounts, id, ifRevision);
        const after: ApiAccount = { ...before, ...named(changes) };
        requireOwnPermissions(actor, before, 'change an account with');
        requireOwnPermissions(actor, after, 'grant');
        checkNetworks(after.ipAddresses);
        const disabled = before.enabled && !after.enabled;
        const change = API_ACCOUNT.difference(before, after);
        if (change === undefined) return { account: before, disabled };
        const revision = await apiAccounts.update(after);
        if (disabled) await apiTokens.revokeAllOf(id);
        await auditLog.record(API_ACCOUNT.updated(actor, after, change));
        return { account: { ...after, revision }, disabled };
      },
    );
    if (disabled) this.#tellTokensEnded(id);
    return account;
  }

  /** Ends the tokens of the account. */
  async regenerateSecret(actor: Actor, id: number): Promise<ApiAccountWithSecret> {
    requireSecurityConfiguration(actor);
    const secret = randomToken();
    const account = await this.#unitOfWork.inTransaction(async ({ apiAccounts, apiTokens, auditLog }) => {
      const before = await API_ACCOUNT.lock(apiAccounts, id);
      requireOwnPermissions(actor, before, 'take over an account with');
      await apiAccounts.setSecret(id, hashSecret(secret));
      await apiTokens.revokeAllOf(id);
      await auditLog.record({
        type: 'api_account.secret_regenerated',
        actor,
        object: API_ACCOUNT.audited(before),
      });
      return { ...before, failedLogins: 0, lockedUntil: null };
    });
    this.#tellTokensEnded(id);
    return { account, secret };
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireSecurityConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ apiAccounts, auditLog }) => {
      const account = await API_ACCOUNT.lock(apiAccounts, id, ifRevision);
      requireOwnPermissions(actor, account, 'delete an account with');
      await apiAccounts.delete(id);
      await auditLog.record(API_ACCOUNT.deleted(actor, account));
    });
    this.#tellTokensEnded(id);
  }

  #tellTokensEnded(apiAccountId: number): void {
    this.#credentialEvents.publish({ kind: 'api_account_tokens_ended', apiAccountId });
  }
}

/** Accounts are seen by those who configure the site and by those who configure its security. */
function requireEither(actor: Actor): void {
  if (!mayConfigureSecurity(actor)) requireConfiguration(actor);
}

type Rights = Pick<ApiAccountSettings, 'commandLevel' | 'permissions'>;

/** Administrators may grant everything; an API account only what it has. */
function requireOwnPermissions(actor: Actor, wanted: Rights, verb: string): void {
  if (actor.kind !== 'api_account') return;
  const beyond: string[] = API_PERMISSIONS.filter(
    (permission: ApiPermission) =>
      wanted.permissions.includes(permission) && !actor.permissions.has(permission),
  );
  if (COMMAND_LEVELS.indexOf(wanted.commandLevel) > COMMAND_LEVELS.indexOf(actor.commandLevel)) {
    beyond.push('perm_command');
  }
  if (beyond.length === 0) return;
  throw new ApplianceError(
    'forbidden',
    `An API account cannot ${verb} a permission it lacks itself: ${beyond.join(', ')}.`,
  );
}

function checkNetworks(ipAddresses: string): void {
  const { bad } = parseNetworkList(ipAddresses);
  if (bad.length === 0) return;
  throw invalidField(
    'ip_addresses',
    `Not an address or network like 10.0.0.0/8: ${bad.slice(0, 5).join(', ')}`,
  );
}
