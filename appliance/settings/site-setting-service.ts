import { requireConfiguration, requireSecurityConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { invalidField } from '../errors.ts';
import { type Revised, requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { isTimeZone } from '../time-zone.ts';
import {
  DEFAULT_SITE_SETTINGS,
  SITE_SETTING_NAMES,
  type SiteSettingName,
  type SiteSettings,
} from './site-settings.ts';

/** `null` puts a setting back to its default. */
export type SiteSettingChanges = { [Name in SiteSettingName]?: SiteSettings[Name] | null | undefined };

export interface RevisedSiteSettings extends Revised {
  settings: SiteSettings;
}

/** Reads and changes the settings of the site. */
export class SiteSettingService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #afterChange: () => Promise<void>;

  /** `afterChange` runs after the commit, so that this process acts on the new values at once. */
  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; afterChange: () => Promise<void> }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#afterChange = deps.afterChange;
  }

  async show(actor: Actor): Promise<RevisedSiteSettings> {
    requireConfiguration(actor);
    const { siteSettings } = this.#stores;
    // The revision first: settings that change in between are newer than it says, never older.
    const revision = await siteSettings.revision();
    return { settings: { ...DEFAULT_SITE_SETTINGS, ...(await siteSettings.findAll()) }, revision };
  }

  /** Fails with `invalid` for a time zone or a combination that cannot work, and with `precondition_failed`. */
  async update(
    actor: Actor,
    changes: SiteSettingChanges,
    ifRevision?: WantedRevisions,
  ): Promise<RevisedSiteSettings> {
    requireSecurityConfiguration(actor);
    const after = await this.#unitOfWork.inTransaction(async ({ siteSettings, auditLog }) => {
      const revision = await siteSettings.lockRevision();
      requireRevision({ revision }, ifRevision);
      const before = { ...DEFAULT_SITE_SETTINGS, ...(await siteSettings.findAll()) };
      const wanted: SiteSettings = { ...before };
      const changed: SiteSettingName[] = [];
      for (const name of SITE_SETTING_NAMES) {
        if (changes[name] === undefined) continue;
        Object.assign(wanted, { [name]: changes[name] ?? DEFAULT_SITE_SETTINGS[name] });
        if (wanted[name] !== before[name]) changed.push(name);
      }
      check(wanted);
      for (const name of changed) {
        if (wanted[name] === DEFAULT_SITE_SETTINGS[name]) await siteSettings.reset(name);
        else await siteSettings.set(name, wanted[name]);
      }
      if (changed.length === 0) return { settings: wanted, revision };
      await auditLog.record({
        type: 'site_setting.updated',
        actor,
        object: { type: 'site_setting', id: '' },
        before: only(before, changed),
        after: only(wanted, changed),
      });
      return { settings: wanted, revision: await siteSettings.raiseRevision() };
    });
    await this.#afterChange();
    return after;
  }
}

function check(settings: SiteSettings): void {
  if (!isTimeZone(settings.time_zone)) {
    throw invalidField('time_zone', 'This is not the name of a time zone, such as Europe/Vienna.');
  }
  for (const name of ['xml_namespace_command', 'xml_namespace_reporting'] as const) {
    if (!/^[a-z][a-z0-9+.-]*:[^\s<>"']+$/i.test(settings[name])) {
      throw invalidField(name, 'A namespace is a URI, such as https://www.example.com/namespaces/API.');
    }
  }
  if (settings.rate_limit_per_hour < settings.rate_limit_per_second) {
    throw invalidField('rate_limit_per_hour', 'The limit of an hour cannot be below the limit of a second.');
  }
}

function only(settings: SiteSettings, names: SiteSettingName[]): Partial<SiteSettings> {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
