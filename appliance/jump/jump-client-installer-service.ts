import { mayConfigure } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type {
  InstallerFilter,
  InstallerSettings,
  JumpClientInstaller,
  NewJumpClientInstaller,
} from './jump-client-installer.ts';
import { portalWith } from './jump-client-service.ts';
import { requireAdd } from './jump-item-guards.ts';

/** What a caller says about a new installer, complete with defaults. */
export interface InstallerInput
  extends Omit<NewJumpClientInstaller, 'installerId' | 'keyHash' | 'publicPortalId' | 'createdByUserId'> {
  publicSiteAddress: string;
  settings: InstallerSettings;
}

export interface MadeInstaller {
  installer: JumpClientInstaller;
  /** What the program shows to be let in. Exists only in this answer. */
  key: string;
}

/**
 * Installers of Jump Clients. Those who configure the site make them for any owner and see all of them; other people
 * make them where their Jump Item Role allows adding, and see what they made themselves.
 */
export class JumpClientInstallerService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, filter: InstallerFilter, page: PageRequest): Promise<Page<JumpClientInstaller>> {
    const own = mayConfigure(actor) ? {} : { createdByUserId: actor.kind === 'user' ? actor.userId : 0 };
    return await this.#stores.jumpClientInstallers.list({ ...filter, ...own }, page);
  }

  /** Fails with `not_found`. */
  async show(actor: Actor, id: number): Promise<JumpClientInstaller> {
    return await visible(this.#stores, actor, id);
  }

  /** Fails with `invalid` or `forbidden`. */
  async create(actor: Actor, input: InstallerInput): Promise<MadeInstaller> {
    const key = randomToken();
    const installer = await this.#unitOfWork.inTransaction(async (stores) => {
      const { publicSiteAddress, ...wanted } = input;
      await requireAdd(stores, actor, input);
      await requireZoneProxy(stores, input.settings.jumpoint_proxy);
      const made = await stores.jumpClientInstallers.insert({
        ...wanted,
        installerId: randomToken(32),
        keyHash: hashSecret(key),
        publicPortalId: await portalWith(stores, publicSiteAddress),
        createdByUserId: actor.kind === 'user' ? actor.userId : null,
      });
      await stores.auditLog.record({
        type: 'jump_client_installer.created',
        actor,
        object: audited(made),
        after: auditedState(made),
      });
      return made;
    });
    return { installer, key };
  }

  /** Fails with `not_found`. Jump Clients that it installed stay. */
  async delete(actor: Actor, id: number): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      const installer = await visible(stores, actor, id);
      await stores.jumpClientInstallers.delete(id);
      await stores.auditLog.record({
        type: 'jump_client_installer.deleted',
        actor,
        object: audited(installer),
        before: auditedState(installer),
      });
    });
  }

  /**
   * Anybody may ask who has the 32 characters. Fails with `not_found` for what is not (or no longer) valid, and
   * otherwise with `not_implemented`: this release brings no Jump Client program.
   */
  async download(installerId: string): Promise<never> {
    if (!(await this.#stores.jumpClientInstallers.isUsable(installerId))) {
      throw new ApplianceError('not_found', 'There is no such installer, or it has expired.');
    }
    throw new ApplianceError(
      'not_implemented',
      'This release of Bridgehead brings no Jump Client program, so there is nothing to download yet.',
    );
  }
}

async function visible(
  { jumpClientInstallers }: Pick<Stores, 'jumpClientInstallers'>,
  actor: Actor,
  id: number,
): Promise<JumpClientInstaller> {
  const installer = await jumpClientInstallers.findById(id);
  const isMine = actor.kind === 'user' && installer?.createdByUserId === actor.userId;
  if (installer === undefined || !(mayConfigure(actor) || isMine)) {
    throw new ApplianceError('not_found', `There is no Jump Client installer with id ${id}.`);
  }
  return installer;
}

/** The proxy has to be there when the program wants it. */
async function requireZoneProxy({ jumpoints }: Pick<Stores, 'jumpoints'>, name: string): Promise<void> {
  if (name === '') return;
  const { items } = await jumpoints.find({ name }, { limit: 1, offset: 0 });
  if (items[0]?.zoneProxy.enabled === true && items[0].connected) return;
  throw invalidField('jumpoint_proxy', 'No connected Jumpoint with the zone proxy on has this name.');
}

function audited(installer: JumpClientInstaller): { type: string; id: number; name: string } {
  return { type: 'jump_client_installer', id: installer.id, name: installer.name };
}

/** Without the 32 characters: whoever has them can fetch the program. */
function auditedState({ settings, installerId: _, ...installer }: JumpClientInstaller) {
  return { ...auditState(installer), ...settings };
}
