import { requireConfiguration, requireSecurityConfiguration } from '../access/configuration-rights.ts';
import { shutsOut } from '../access/network-restriction.ts';
import type { Actor } from '../actor.ts';
import { invalidField } from '../errors.ts';
import { type Revised, requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { SealedSecrets } from '../vault/keys/sealed-secrets.ts';
import { siteSettingProblem } from './site-setting-problem.ts';
import {
  DEFAULT_SITE_SETTINGS,
  SITE,
  SITE_SECRETS,
  SITE_SETTING_NAMES,
  type SiteSecretName,
  type SiteSettingName,
  type SiteSettings,
  siteSecret,
} from './site-settings.ts';

/** `null` puts a setting back to its default and takes a secret away. */
export type SiteSettingChanges = { [Name in SiteSettingName]?: SiteSettings[Name] | null | undefined } & {
  [Name in SiteSecretName]?: string | null | undefined;
};

export interface RevisedSiteSettings extends Revised {
  settings: SiteSettings;
  /** Which secrets there are. */
  secrets: ReadonlySet<SiteSecretName>;
}

/** Reads and changes the settings of the site. */
export class SiteSettingService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #secrets: SealedSecrets;
  readonly #afterChange: () => Promise<void>;

  /** `afterChange` runs after the commit, so that this process acts on the new values at once. */
  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    secrets: SealedSecrets;
    afterChange: () => Promise<void>;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#secrets = deps.secrets;
    this.#afterChange = deps.afterChange;
  }

  async show(actor: Actor): Promise<RevisedSiteSettings> {
    requireConfiguration(actor);
    const { siteSettings } = this.#stores;
    // The revision first: settings that change in between are newer than it says, never older.
    const revision = await siteSettings.revision();
    const settings = { ...DEFAULT_SITE_SETTINGS, ...(await siteSettings.findAll()) };
    return { settings, secrets: await secretsIn(this.#stores), revision };
  }

  /** Fails with `invalid` for a time zone or a combination that cannot work, and with `precondition_failed`. */
  async update(
    actor: Actor,
    changes: SiteSettingChanges,
    ifRevision?: WantedRevisions,
  ): Promise<RevisedSiteSettings> {
    requireSecurityConfiguration(actor);
    const after = await this.#unitOfWork.inTransaction(async (stores) => {
      const { siteSettings, auditLog } = stores;
      const revision = await siteSettings.lockRevision();
      requireRevision({ revision }, ifRevision);
      const before = { ...DEFAULT_SITE_SETTINGS, ...(await siteSettings.findAll()) };
      const wanted: SiteSettings = { ...before };
      const changed: SiteSettingName[] = [];
      for (const name of SITE_SETTING_NAMES) {
        if (changes[name] === undefined) continue;
        Object.assign(wanted, { [name]: changes[name] ?? DEFAULT_SITE_SETTINGS[name] });
        if (!same(wanted[name], before[name])) changed.push(name);
      }
      const problem = siteSettingProblem(wanted);
      if (problem !== undefined) throw problem;
      refuseToShutOneselfOut(actor, wanted, changed);
      if (changes.ticket_system_secret === undefined) {
        refuseToCarrySecret(before, wanted, await secretsIn(stores));
      }
      for (const name of changed) {
        if (same(wanted[name], DEFAULT_SITE_SETTINGS[name])) await siteSettings.reset(name);
        else await siteSettings.set(name, wanted[name]);
      }
      const secretChanges = await this.#writeSecrets(stores, changes);
      const secrets = await secretsIn(stores);
      if (changed.length === 0 && Object.keys(secretChanges).length === 0)
        return { settings: wanted, secrets, revision };
      await auditLog.record({
        type: 'site_setting.updated',
        actor,
        object: { type: 'site_setting', id: '' },
        before: only(before, changed),
        after: { ...only(wanted, changed), ...secretChanges },
      });
      return { settings: wanted, secrets, revision: await siteSettings.raiseRevision() };
    });
    await this.#afterChange();
    return after;
  }

  /** What an audit row says of them: that they were set, never what they are. */
  async #writeSecrets(
    { sealedSecrets }: Stores,
    changes: SiteSettingChanges,
  ): Promise<Record<string, string>> {
    const told: Record<string, string> = {};
    for (const name of SITE_SECRETS) {
      const text = changes[name];
      if (text === undefined) continue;
      const change = await this.#secrets.write(sealedSecrets, siteSecret(name), text);
      if (change !== undefined) told[name] = change;
    }
    return told;
  }
}

async function secretsIn({ sealedSecrets }: Stores): Promise<Set<SiteSecretName>> {
  const there = await sealedSecrets.namesOf(SITE);
  return new Set(SITE_SECRETS.filter((name) => there.includes(name)));
}

/**
 * A secret goes to the server it was meant for and no other: whoever could name another one would read it there. Fails
 * with `invalid`.
 */
function refuseToCarrySecret(
  before: SiteSettings,
  after: SiteSettings,
  secrets: ReadonlySet<SiteSecretName>,
): void {
  const { ticket_system_url: url } = after;
  if (url === '' || !secrets.has('ticket_system_secret')) return;
  if (originOf(url) === originOf(before.ticket_system_url)) return;
  throw invalidField(
    'ticket_system_secret',
    'The ticket system is another server now: give its secret, or null for none. The present one is not sent there.',
  );
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/**
 * Whoever sets a network restriction must be able to sign in under it. API accounts are not bound by it, and their
 * address says nothing of where people sit. Fails with `invalid`.
 */
function refuseToShutOneselfOut(
  actor: Actor,
  wanted: SiteSettings,
  changed: readonly SiteSettingName[],
): void {
  const names = ['administrator_network_restriction', 'administrator_networks'] as const;
  if (actor.kind !== 'user' || !names.some((name) => changed.includes(name))) return;
  const { administrator_network_restriction: mode, administrator_networks: networks } = wanted;
  const problem = shutsOut({ mode, networks }, actor.address);
  if (problem !== undefined) throw invalidField('administrator_networks', problem);
}

/** Settings are text, numbers, yes or no, and lists of text. */
function same(one: SiteSettings[SiteSettingName], other: SiteSettings[SiteSettingName]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function only(settings: SiteSettings, names: SiteSettingName[]): Partial<SiteSettings> {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
