import type { SecretOwner } from '../vault/keys/sealed-secrets.ts';
import type { SecretId } from '../vault/keys/secret-envelope.ts';

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
  /** How many kinds of characters (small, capital, digit, other) a password needs, 1 to 4. */
  password_character_classes: number;
  /** Passwords that everybody guesses first are refused. */
  password_common_refused: boolean;
  /** So many earlier passwords of a person are not taken again, beside the present one. */
  password_history: number;
  /** A password has to be changed after so many days; 0 for never. */
  password_expiration_days: number;
  /** Shown before every sign-in of a person, and accepted or not let in. */
  login_agreement_enabled: boolean;
  login_agreement_title: string;
  /** Plain text. */
  login_agreement_text: string;
  /** From where administrators and everybody else may sign in: {@link NetworkRestrictionMode}. */
  administrator_network_restriction: NetworkRestrictionMode;
  administrator_networks: readonly string[];
  representative_network_restriction: NetworkRestrictionMode;
  representative_networks: readonly string[];
  /** What happens when somebody signs in by browser while signed in by another. */
  account_in_use: AccountInUse;
  /** How many people may be signed in as representatives at once; 0 for any number. */
  representative_licenses: number;
  /** What a sign-in page and the question for a second factor offer first. */
  sign_in_default_method: 'password' | 'passkey';
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

/**
 * `always`: signing in and every later request has to come from the networks. `first_time`: the first sign-in of a
 * device has to.
 */
export type NetworkRestrictionMode = 'none' | 'always' | 'first_time';

/**
 * `allow`: both go on. `terminate_others`: the person is asked, and the other sign-in ends. `refuse_second`: the new one
 * is refused. A browser that signs in again takes the place of its own sign-in and is never a second one.
 */
export type AccountInUse = 'allow' | 'terminate_others' | 'refuse_second';

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
  password_character_classes: 1,
  password_common_refused: true,
  password_history: 0,
  password_expiration_days: 0,
  login_agreement_enabled: false,
  login_agreement_title: '',
  login_agreement_text: '',
  administrator_network_restriction: 'none',
  administrator_networks: [],
  representative_network_restriction: 'none',
  representative_networks: [],
  account_in_use: 'allow',
  representative_licenses: 0,
  sign_in_default_method: 'password',
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
