import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { invalidField } from '../errors.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { hostKeyFrom } from './rotation/ssh-host-key.ts';
import type { VaultEndpoint, VaultEndpointFilter } from './vault-endpoint.ts';
import { refuseGainByHost } from './vault-self-grant.ts';

const VAULT_ENDPOINT = new ObjectKind<VaultEndpoint>({
  type: 'vault_endpoint',
  noun: 'vault endpoint',
  name: (endpoint) => endpoint.name,
});

export interface VaultEndpointInput {
  name: string;
  hostname: string;
  description?: string | null | undefined;
  operatingSystem?: string | null | undefined;
  domainName?: string | null | undefined;
  distinguishedName?: string | null | undefined;
  jumpointId?: number | null | undefined;
  port?: number | undefined;
  hostKey?: string | null | undefined;
}

const SSH_PORT = 22;
const MOST_CANDIDATES = 1000;

export class VaultEndpointService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, filter: VaultEndpointFilter, page: PageRequest): Promise<Page<VaultEndpoint>> {
    requireVaultConfiguration(actor);
    return await this.#stores.vaultEndpoints.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<VaultEndpoint> {
    requireVaultConfiguration(actor);
    return (await this.#stores.vaultEndpoints.findById(id)) ?? VAULT_ENDPOINT.missing(id);
  }

  /** Fails with `invalid` naming `host_key` for what is none. */
  async create(actor: Actor, input: VaultEndpointInput): Promise<VaultEndpoint> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ vaultEndpoints, auditLog }) => {
      const endpoint = await vaultEndpoints.insert({
        name: input.name,
        hostname: input.hostname,
        ...texts({
          description: '',
          operatingSystem: '',
          domainName: '',
          distinguishedName: '',
          hostKey: '',
          ...named(input),
        }),
        jumpointId: input.jumpointId ?? null,
        port: input.port ?? SSH_PORT,
      });
      await auditLog.record(VAULT_ENDPOINT.created(actor, endpoint));
      return endpoint;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<VaultEndpointInput>,
    ifRevision?: WantedRevisions,
  ): Promise<VaultEndpoint> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultEndpoints, auditLog } = stores;
      const before = await VAULT_ENDPOINT.lock(vaultEndpoints, id, ifRevision);
      const wanted = { ...before, ...named(changes) };
      const after: VaultEndpoint = { ...wanted, ...texts(wanted) };
      const change = VAULT_ENDPOINT.difference(before, after);
      if (change === undefined) return before;
      await refuseGainByHost(stores, actor, before, after);
      const revision = await vaultEndpoints.update(after);
      await auditLog.record(VAULT_ENDPOINT.updated(actor, after, change));
      return { ...after, revision };
    });
  }

  /** Its accounts and Jump Items stay; passwords of its accounts are not changed any more. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ vaultEndpoints, auditLog }) => {
      const endpoint = await VAULT_ENDPOINT.lock(vaultEndpoints, id, ifRevision);
      await vaultEndpoints.delete(id);
      await auditLog.record(VAULT_ENDPOINT.deleted(actor, endpoint));
    });
  }

  /** Ids of Remote RDP items that could be tied to it. */
  async candidates(actor: Actor, id: number): Promise<number[]> {
    requireVaultConfiguration(actor);
    const endpoint = (await this.#stores.vaultEndpoints.findById(id)) ?? VAULT_ENDPOINT.missing(id);
    return await this.#stores.vaultEndpoints.candidates(endpoint, MOST_CANDIDATES);
  }

  /** Fails with `invalid` naming `id` for what is no Remote RDP item, or is tied to another endpoint. */
  async associate(actor: Actor, id: number, jumpItemId: number): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ vaultEndpoints, jumpItems, auditLog }) => {
      const endpoint = await VAULT_ENDPOINT.lock(vaultEndpoints, id);
      const item = await jumpItems.lockById(jumpItemId, 'remote_rdp');
      if (item === undefined) throw invalidField('id', 'There is no Remote RDP item with this id.');
      if (item.vaultEndpointId === id) return;
      if (item.vaultEndpointId !== null) {
        throw invalidField('id', 'This Remote RDP item is tied to another endpoint.');
      }
      await vaultEndpoints.tie(id, jumpItemId);
      await auditLog.record({
        type: 'vault_endpoint.jump_item_tied',
        actor,
        object: VAULT_ENDPOINT.audited(endpoint),
        after: { jump_item_id: jumpItemId, jump_item_name: item.name },
      });
    });
  }
}

type Texts = Pick<
  VaultEndpoint,
  'description' | 'operatingSystem' | 'domainName' | 'distinguishedName' | 'hostKey'
>;

/** Null is the empty text; a host key gets its one form. */
function texts(given: { [Name in keyof Texts]: string | null }): Texts {
  return {
    description: given.description ?? '',
    operatingSystem: given.operatingSystem ?? '',
    domainName: given.domainName ?? '',
    distinguishedName: given.distinguishedName ?? '',
    hostKey: knownHostKey(given.hostKey ?? ''),
  };
}

function knownHostKey(text: string): string {
  if (text.trim() === '') return '';
  const key = hostKeyFrom(text);
  if (key !== undefined) return key;
  throw invalidField(
    'host_key',
    'host_key must be a public host key of SSH: its kind and its base64 in one line, as ssh-keyscan writes it.',
  );
}
