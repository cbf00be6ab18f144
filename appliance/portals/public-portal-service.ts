import { mayConfigure, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, type FieldErrors } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { refuseWhileUsed } from '../uses.ts';
import { portalAddress } from './portal-address.ts';
import { DEFAULT_PORTAL_ID, type PublicPortal } from './public-portal.ts';

const PUBLIC_PORTAL = new ObjectKind<PublicPortal>({
  type: 'public_portal',
  noun: 'public portal',
  name: (portal) => portal.name,
});

/** `codeName` blank: made from the name. */
export type PublicPortalInput = Pick<PublicPortal, 'name'> &
  Changes<Pick<PublicPortal, 'codeName' | 'comments' | 'addresses' | 'sessionPolicyId'>>;

/** Public portals. */
export class PublicPortalService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** Everybody may know which portals there are: customers do. */
  async list(page: PageRequest): Promise<Page<PublicPortal>> {
    return await this.#stores.publicPortals.find(page);
  }

  async show(actor: Actor, id: number): Promise<PublicPortal> {
    requireConfiguration(actor, 'perm_edit_public_template');
    return (await this.#stores.publicPortals.findById(id)) ?? PUBLIC_PORTAL.missing(id);
  }

  async create(actor: Actor, input: PublicPortalInput): Promise<PublicPortal> {
    requireConfiguration(actor, 'perm_edit_public_template');
    refuseSessionPolicy(actor, null, input.sessionPolicyId ?? null);
    const addresses = checkedAddresses(input.addresses ?? [], undefined);
    return await this.#unitOfWork.inTransaction(async ({ publicPortals, auditLog }) => {
      const portal = await publicPortals.insert({
        comments: '',
        sessionPolicyId: null,
        ...named(input),
        name: input.name,
        addresses,
        codeName: await chooseCodeName(input.codeName, input.name, publicPortals),
      });
      await auditLog.record(PUBLIC_PORTAL.created(actor, portal));
      return portal;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<PublicPortalInput>,
    ifRevision?: WantedRevisions,
  ): Promise<PublicPortal> {
    requireConfiguration(actor, 'perm_edit_public_template');
    const portal = await this.#unitOfWork.inTransaction(async ({ publicPortals, auditLog }) => {
      const before = await PUBLIC_PORTAL.lock(publicPortals, id, ifRevision);
      const after: PublicPortal = { ...before, ...named(changes) };
      refuseSessionPolicy(actor, before.sessionPolicyId, after.sessionPolicyId);
      if (changes.addresses !== undefined) after.addresses = checkedAddresses(changes.addresses, id);
      if (changes.codeName === '') after.codeName = await chooseCodeName('', after.name, publicPortals);
      return await PUBLIC_PORTAL.update(publicPortals, { auditLog, actor }, before, after);
    });
    if (changes.sessionPolicyId !== undefined) {
      this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
    }
    return portal;
  }

  /** Fails with `invalid` for the default portal and, naming the uses, while there are any. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, 'perm_edit_public_template');
    await this.#unitOfWork.inTransaction(async ({ publicPortals, auditLog }) => {
      const portal = await PUBLIC_PORTAL.lock(publicPortals, id, ifRevision);
      if (id === DEFAULT_PORTAL_ID) {
        throw new ApplianceError('invalid', 'The default portal cannot be deleted.');
      }
      refuseWhileUsed('This public portal', await publicPortals.usesOf(id));
      await publicPortals.delete(id);
      await auditLog.record(PUBLIC_PORTAL.deleted(actor, portal));
    });
  }
}

/** It overrules that of every representative, so people who edit portals would give themselves what theirs denies. */
function refuseSessionPolicy(actor: Actor, before: number | null, after: number | null): void {
  if (before === after || mayConfigure(actor)) return;
  throw new ApplianceError(
    'forbidden',
    'The session policy of a portal is chosen by administrators and API accounts with the Configuration API permission.',
  );
}

/** Only the default portal can be found without an address of its own. Fails with `invalid` naming each bad entry. */
function checkedAddresses(given: readonly string[], id: number | undefined): string[] {
  const addresses: string[] = [];
  const fields: FieldErrors = {};
  for (const [index, text] of given.entries()) {
    const address = portalAddress(text);
    if (address === undefined) {
      fields[`addresses.${index}`] = [`“${text}” is no host name or address, such as support.example.com.`];
    } else if (!addresses.includes(address)) addresses.push(address);
  }
  if (given.length === 0 && id !== DEFAULT_PORTAL_ID) {
    fields.addresses = ['A portal needs at least one host name or address.'];
  }
  const problems = Object.values(fields).flat();
  if (problems.length > 0) throw new ApplianceError('invalid', problems.join(' '), { fields });
  return addresses;
}
