import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';

/** The appliance as the XML APIs show it. */
export interface XmlSite {
  /** 32 hex digits. */
  applianceGuid: string;
  /** Without a slash at the end; links in answers begin with it. */
  publicUrl: string;
  /** e.g. `0.1.0 (1)`: version, then the build in brackets. */
  productVersion: string;
  settings: SiteSettingsSource;
  /** What keeps the appliance from working right now, or undefined. */
  problem(): Promise<string | undefined>;
}
