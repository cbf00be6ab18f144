import { hasRight, mayConfigure, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import { accessOf } from '../access/person-access.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { type Ids, includes } from '../ids.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { isAddressOrMaskedNetwork, isAddressRange } from './address-range.ts';
import { chooseCodeName } from './code-name.ts';
import { mayChooseJumpoint } from './jump-item-access.ts';
import type { Jumpoint, JumpointFilter, JumpointNode, ListedJumpoint } from './jumpoint.ts';

export const JUMPOINT = new ObjectKind<ListedJumpoint>({
  type: 'jumpoint',
  noun: 'Jumpoint',
  name: (jumpoint) => jumpoint.name,
  state: ({ connected: _, ...jumpoint }) => jumpoint,
});

type Settings = Omit<Jumpoint, 'id' | 'zoneProxy'> & { zoneProxy: Changes<Jumpoint['zoneProxy']> };
/** People who hold it edit Jumpoints and their members. */
export const JUMPOINT_RIGHT = 'perm_admin_pushagents';

/** `codeName` blank: made from the name. */
export type NewJumpoint = Pick<Settings, 'name' | 'platform'> & Changes<Omit<Settings, 'name' | 'platform'>>;
export type JumpointChanges = Changes<Settings>;

/** Tells the processes that hold a Jumpoint's connections. Hints: they may be lost. */
export interface JumpointHints {
  jumpointChanged(jumpointId: number): void;
  nodeChanged(jumpointNodeId: number): void;
}

export const MOST_CLUSTER_NODES = 10;

const NEW_JUMPOINT: Omit<Jumpoint, 'id' | 'name' | 'platform' | 'codeName'> = {
  comments: '',
  enabled: true,
  clustered: false,
  shellJumpEnabled: false,
  shellJumpAccess: 'open',
  shellJumpRanges: [],
  shellJumpProvisioned: [],
  externalJumpItemNetworkId: '',
  protocolTunnelEnabled: true,
  managedRanges: [],
  zoneProxy: {
    enabled: false,
    hostname: '',
    port: 9555,
    allowHttpGet: false,
    clientAddressRestrictionsType: 'no_restriction',
    restrictedIps: [],
  },
};

/** Jumpoints, their nodes and their direct members. */
export class JumpointService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #hints: JumpointHints;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    hints: JumpointHints;
    credentialEvents: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#hints = deps.hints;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** People who do not configure the site see the Jumpoints they are members of. */
  async list(actor: Actor, filter: JumpointFilter, page: PageRequest): Promise<Page<ListedJumpoint>> {
    return await this.#stores.jumpoints.find({ ...filter, ids: await this.#visibleTo(actor) }, page);
  }

  async show(actor: Actor, id: number): Promise<ListedJumpoint> {
    const jumpoint = (await this.#stores.jumpoints.findById(id)) ?? JUMPOINT.missing(id);
    return includes(await this.#visibleTo(actor), id) ? jumpoint : JUMPOINT.missing(id);
  }

  /** Jumpoints of which the person is a member, by whatever way. */
  async #visibleTo(actor: Actor): Promise<Ids | undefined> {
    if (mayConfigure(actor) || hasRight(actor, JUMPOINT_RIGHT)) return undefined;
    const facts = actor.kind === 'user' ? await this.#stores.accessFacts.find(actor.userId) : undefined;
    if (facts === undefined) return { only: [] };
    return { only: [...accessOf(facts).jumpoints.keys()] };
  }

  async create(actor: Actor, input: NewJumpoint): Promise<ListedJumpoint> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ jumpoints, auditLog }) => {
      const draft: Omit<Jumpoint, 'id'> = {
        ...NEW_JUMPOINT,
        ...named(input),
        name: input.name,
        platform: input.platform,
        zoneProxy: { ...NEW_JUMPOINT.zoneProxy, ...named(input.zoneProxy ?? {}) },
        codeName: await chooseCodeName(input.codeName, input.name, jumpoints),
      };
      check(draft);
      const jumpoint = await jumpoints.insert(draft);
      await auditLog.record({
        type: 'jumpoint.created',
        actor,
        object: JUMPOINT.audited(jumpoint),
        after: { id: jumpoint.id, ...auditState(draft) },
      });
      return jumpoint;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: JumpointChanges,
    ifRevision?: WantedRevisions,
  ): Promise<ListedJumpoint> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    const updated = await this.#unitOfWork.inTransaction(async ({ jumpoints, auditLog }) => {
      const before = await JUMPOINT.lock(jumpoints, id, ifRevision);
      const after: ListedJumpoint = {
        ...before,
        ...named(changes),
        zoneProxy: { ...before.zoneProxy, ...named(changes.zoneProxy ?? {}) },
      };
      for (const fixed of ['platform', 'clustered'] as const) {
        if (after[fixed] !== before[fixed])
          throw invalidField(fixed, 'This is fixed when a Jumpoint is created.');
      }
      check(after);
      if (changes.codeName === '') after.codeName = await chooseCodeName('', after.name, jumpoints);
      return await JUMPOINT.update(jumpoints, { auditLog, actor }, before, after);
    });
    this.#hints.jumpointChanged(id);
    this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
    return updated;
  }

  /** Deletes its nodes, Jump Items and vault endpoints too. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    const nodes = await this.#unitOfWork.inTransaction(async ({ jumpoints, vaultEndpoints, auditLog }) => {
      const jumpoint = await JUMPOINT.lock(jumpoints, id, ifRevision);
      const endpoints = await vaultEndpoints.countOf(id);
      const nodes = await jumpoints.findNodes(id);
      const jumpItems = await jumpoints.delete(id);
      await auditLog.record(
        JUMPOINT.deleted(actor, jumpoint, {
          nodes: nodes.length,
          jump_items: jumpItems,
          vault_endpoints: endpoints,
        }),
      );
      return nodes;
    });
    this.#hints.jumpointChanged(id);
    for (const node of nodes) this.#hints.nodeChanged(node.id);
  }

  async listNodes(actor: Actor, id: number): Promise<JumpointNode[]> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    if ((await this.#stores.jumpoints.findById(id)) === undefined) JUMPOINT.missing(id);
    return await this.#stores.jumpoints.findNodes(id);
  }

  /** The program's keys do not count any more, and its connection is closed. */
  async revokeNode(actor: Actor, id: number, nodeId: number): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    await this.#unitOfWork.inTransaction(async ({ jumpoints, auditLog }) => {
      const jumpoint = await JUMPOINT.lock(jumpoints, id);
      const node = (await jumpoints.findNodes(id)).find((candidate) => candidate.id === nodeId);
      if (node === undefined || !(await jumpoints.revokeNode(id, nodeId))) {
        throw new ApplianceError('not_found', `This Jumpoint has no node with id ${nodeId}.`);
      }
      await auditLog.record({
        type: 'jumpoint.node_revoked',
        actor,
        object: JUMPOINT.audited(jumpoint),
        before: { node_id: nodeId, hostname: node.hostname },
      });
    });
    this.#hints.nodeChanged(nodeId);
  }

  async listMembers(actor: Actor, id: number, page: PageRequest): Promise<Page<number>> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    if ((await this.#stores.jumpoints.findById(id)) === undefined) JUMPOINT.missing(id);
    return await this.#stores.jumpointMembers.find(id, page);
  }

  async showMember(actor: Actor, id: number, userId: number): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    if (!(await this.#stores.jumpointMembers.has(id, userId))) throw noSuchMember();
  }

  async addMember(actor: Actor, id: number, userId: number): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    await this.#unitOfWork.inTransaction(async ({ jumpoints, jumpointMembers, accessFacts, auditLog }) => {
      const jumpoint = await JUMPOINT.lock(jumpoints, id);
      // Members reach every system behind it: people who edit Jumpoints do not give what they lack.
      if (!(await mayChooseJumpoint(actor, id, accessFacts))) {
        throw new ApplianceError(
          'forbidden',
          'You can add members to those Jumpoints alone of which you are a member yourself.',
        );
      }
      await jumpointMembers.insert(id, userId);
      await auditLog.record({
        type: 'jumpoint.user_added',
        actor,
        object: JUMPOINT.audited(jumpoint),
        after: { user_id: userId },
      });
    });
  }

  async removeMember(actor: Actor, id: number, userId: number): Promise<void> {
    requireConfiguration(actor, JUMPOINT_RIGHT);
    await this.#unitOfWork.inTransaction(async ({ jumpoints, jumpointMembers, auditLog }) => {
      const jumpoint = await jumpoints.lockById(id);
      if (jumpoint === undefined || !(await jumpointMembers.has(id, userId))) throw noSuchMember();
      await jumpointMembers.delete(id, userId);
      await auditLog.record({
        type: 'jumpoint.user_removed',
        actor,
        object: JUMPOINT.audited(jumpoint),
        before: { user_id: userId },
      });
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
  }
}

function check(jumpoint: Omit<Jumpoint, 'id' | 'codeName'>): void {
  const badRange = jumpoint.shellJumpRanges.find((range) => !isAddressRange(range));
  if (badRange !== undefined) {
    throw invalidField(
      'shell_jump_ranges',
      `${badRange} is no address, network like 10.0.0.0/8 or range like 10.0.0.1-10.0.0.9.`,
    );
  }
  const badNetwork = jumpoint.zoneProxy.restrictedIps.find((text) => !isAddressOrMaskedNetwork(text));
  if (badNetwork !== undefined) {
    throw invalidField('jzp_restricted_ips', `${badNetwork} is no address and no network.`);
  }
  const badManaged = jumpoint.managedRanges.find((range) => !isAddressRange(range));
  if (badManaged !== undefined) {
    throw invalidField(
      'managed_ip_ranges',
      `${badManaged} is no range: two addresses of one family, the first not after the last.`,
    );
  }
  if (jumpoint.clustered && jumpoint.zoneProxy.hostname !== '') {
    throw invalidField('jzp_proxy_hostname', 'Only stand-alone Jumpoints have a proxy host name.');
  }
}

function noSuchMember(): ApplianceError {
  return new ApplianceError('not_found', 'This user is not a direct member of this Jumpoint.');
}
