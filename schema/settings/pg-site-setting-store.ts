import {
  SITE_SETTING_NAMES,
  type SiteSettingName,
  type SiteSettingStore,
  type SiteSettings,
} from '../../appliance/settings/site-settings.ts';
import type { Sql } from '../sql.ts';

interface SiteRow {
  revision: number;
}

export class PgSiteSettingStore implements SiteSettingStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Rows that this version does not know (an older or newer process wrote them) are left alone. */
  async findAll(): Promise<Partial<SiteSettings>> {
    const rows = await this.#sql<{ name: string; value: unknown }[]>`
      select name, value from site_setting where name in ${this.#sql(SITE_SETTING_NAMES)}`;
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }

  async set(name: SiteSettingName, value: SiteSettings[SiteSettingName]): Promise<void> {
    await this.#sql`
      insert into site_setting (name, value) values (${name}, ${JSON.stringify(value)}::text::jsonb)
      on conflict (name) do update set value = excluded.value`;
  }

  async reset(name: SiteSettingName): Promise<void> {
    await this.#sql`delete from site_setting where name = ${name}`;
  }

  async revision(): Promise<number> {
    return revisionIn(await this.#sql<SiteRow[]>`select settings_revision as revision from site`);
  }

  async lockRevision(): Promise<number> {
    return revisionIn(await this.#sql<SiteRow[]>`select settings_revision as revision from site for update`);
  }

  async raiseRevision(): Promise<number> {
    return revisionIn(
      await this.#sql<SiteRow[]>`
        update site set settings_revision = settings_revision + 1 returning settings_revision as revision`,
    );
  }
}

function revisionIn([row]: readonly SiteRow[]): number {
  if (row === undefined) throw new Error('The site row is missing.');
  return row.revision;
}
