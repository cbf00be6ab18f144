import type { SecretOwner } from '../vault/sealed-secrets.ts';
import type { SecretId } from '../vault/secret-envelope.ts';

/**
 * Everything an administrator sets for the whole site. Names are those of the contract, the database and the screen.
 * Ranges are the contract's (`SiteSettingsUpdate`).
 */
export interface SiteSettings {
  company_name: string;
  /** IANA zone; day boundaries of report dates. */
  time_zone: string;
  /** Gates command API, reporting API and client scripting. */
  xml_api_enabled: boolean;
  xml_namespace_command: string;
  xml_namespace_reporting: string;
  /** User name and password as parameters of the XML APIs. */
  legacy_password_authentication: boolean;
  /** Links to saved Jump Items start without a confirmation. */
  client_script_start_at_once: boolean;
  /** No recording, no session. */
  recording_required: boolean;
  rate_limit_per_second: number;
  rate_limit_per_hour: number;
  password_minimum_length: number;
  user_lockout_attempts: number;
  user_lockout_minutes: number;
  api_lockout_attempts: number;
  api_lockout_minutes: number;
  browser_session_idle_minutes: number;
  browser_session_maximum_minutes: number;
  user_token_idle_minutes: number;
  user_token_maximum_minutes: number;
  /** What `global` means in a Jump Policy. */
  simultaneous_jumps: 'join' | 'disallow';
  simultaneous_jumps_rdp: 'new_session' | 'disallow';
  /** The largest import file, in units of 1,000,000 bytes. */
  import_maximum_megabytes: number;
  /**
   * A customer is present at a Jump Client only when the screen is neither locked nor showing a screen saver;
   * otherwise whenever somebody is signed in there.
   */
  jump_client_customer_presence_uses_screen_state: boolean;
  /** Private networks (CIDR) and addresses that the appliance may call; every other private address is refused. */
  outbound_private_ranges: readonly string[];
  /** `https:`; empty: there is no ticket system, and Jump Policies that ask for a ticket ID do so without effect. */
  ticket_system_url: string;
  /** Form of the question and of the answer. */
  ticket_system_format: 'xml' | 'json';
  ticket_system_timeout_seconds: number;
  /** PEM, trusted for the ticket system beside the certificate authorities that everybody trusts. */
  ticket_system_ca_certificates: string;
}

export type SiteSettingName = keyof SiteSettings;

/** Settings that go in and never come out; kept sealed. Answers tell with `<name>_set` whether there is one. */
export const SITE_SECRETS = ['ticket_system_secret'] as const;
export type SiteSecretName = (typeof SITE_SECRETS)[number];

export function siteSecret(name: SiteSecretName): SecretId {
  return { ...SITE, name };
}

/** The owner of the secrets of the site itself. */
export const SITE: SecretOwner = { ownerType: 'site', ownerId: 0 };

/** The namespaces are the documented ones; scripts for other product lines expect others, hence the settings. */
export const DEFAULT_SITE_SETTINGS: SiteSettings = {
  company_name: 'Bridgehead',
  time_zone: 'UTC',
  xml_api_enabled: true,
  xml_namespace_command: 'https://www.beyondtrust.com/namespaces/API/command',
  xml_namespace_reporting: 'https://www.beyondtrust.com/namespaces/API/reporting',
  legacy_password_authentication: false,
  client_script_start_at_once: false,
  recording_required: true,
  rate_limit_per_second: 20,
  rate_limit_per_hour: 15_000,
  password_minimum_length: 10,
  user_lockout_attempts: 5,
  user_lockout_minutes: 10,
  api_lockout_attempts: 10,
  api_lockout_minutes: 10,
  browser_session_idle_minutes: 60,
  browser_session_maximum_minutes: 12 * 60,
  user_token_idle_minutes: 14 * 24 * 60,
  user_token_maximum_minutes: 90 * 24 * 60,
  simultaneous_jumps: 'join',
  simultaneous_jumps_rdp: 'new_session',
  import_maximum_megabytes: 512,
  jump_client_customer_presence_uses_screen_state: false,
  outbound_private_ranges: [],
  ticket_system_url: '',
  ticket_system_format: 'xml',
  ticket_system_timeout_seconds: 10,
  ticket_system_ca_certificates: '',
};

export const SITE_SETTING_NAMES = Object.keys(DEFAULT_SITE_SETTINGS) as SiteSettingName[];

/** Keeps the settings that differ from their defaults. */
/** The settings count their changes as one object: every change holds the lock and raises the revision. */
export interface SiteSettingStore {
  findAll(): Promise<Partial<SiteSettings>>;
  set(name: SiteSettingName, value: SiteSettings[SiteSettingName]): Promise<void>;
  /** Back to the default. */
  reset(name: SiteSettingName): Promise<void>;
  revision(): Promise<number>;
  /** The same, held until the transaction ends. */
  lockRevision(): Promise<number>;
  /** By one; answers the new one. */
  raiseRevision(): Promise<number>;
}

/** Settings that are read on every call, so it answers from memory. */
export interface SiteSettingsSource {
  /** At most a few seconds old on every process, at once on the process that changed them. */
  current(): SiteSettings;
}
