import type { AccessPolicy } from '../access/access-policy.ts';
import type { PasswordRules } from '../access/password-policy.ts';
import {
  DEFAULT_SITE_SETTINGS,
  type SiteSettingStore,
  type SiteSettings,
  type SiteSettingsSource,
} from './site-settings.ts';

const REFRESH_MS = 2_000;

/** The site settings in memory, read again every two seconds and after each change made by this process. */
export class SiteSettingsCache implements SiteSettingsSource {
  readonly #store: SiteSettingStore;
  readonly #onFailure: (error: unknown) => void;
  #current: SiteSettings = DEFAULT_SITE_SETTINGS;
  #policy: AccessPolicy = accessPolicyOf(DEFAULT_SITE_SETTINGS);
  #timer: NodeJS.Timeout | undefined;

  /** `onFailure` hears of a refresh that failed; the settings known last stay in force. */
  constructor(deps: { store: SiteSettingStore; onFailure: (error: unknown) => void }) {
    this.#store = deps.store;
    this.#onFailure = deps.onFailure;
  }

  current(): SiteSettings {
    return this.#current;
  }

  /** The same settings as sign-in and rate limits read them. */
  readonly accessPolicy = { current: (): AccessPolicy => this.#policy };

  /** Reads the settings once, failing when that fails, and keeps them fresh from then on. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      this.refresh().catch(this.#onFailure);
    }, REFRESH_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async refresh(): Promise<void> {
    this.#current = { ...DEFAULT_SITE_SETTINGS, ...(await this.#store.findAll()) };
    this.#policy = accessPolicyOf(this.#current);
  }
}

export function passwordRulesOf(settings: SiteSettings): PasswordRules {
  return {
    minimumLength: settings.password_minimum_length,
    characterClasses: settings.password_character_classes,
    commonRefused: settings.password_common_refused,
    history: settings.password_history,
    expirationDays: settings.password_expiration_days,
    siteWords: [settings.company_name],
  };
}

export function accessPolicyOf(settings: SiteSettings): AccessPolicy {
  return {
    apiRate: { perSecond: settings.rate_limit_per_second, perHour: settings.rate_limit_per_hour },
    apiLockout: { attempts: settings.api_lockout_attempts, minutes: settings.api_lockout_minutes },
    userLockout: { attempts: settings.user_lockout_attempts, minutes: settings.user_lockout_minutes },
    passwords: passwordRulesOf(settings),
    networks: {
      administrators: {
        mode: settings.administrator_network_restriction,
        networks: settings.administrator_networks,
      },
      representatives: {
        mode: settings.representative_network_restriction,
        networks: settings.representative_networks,
      },
    },
    browserSession: {
      idleMinutes: settings.browser_session_idle_minutes,
      maximumMinutes: settings.browser_session_maximum_minutes,
    },
    userToken: {
      idleMinutes: settings.user_token_idle_minutes,
      maximumMinutes: settings.user_token_maximum_minutes,
    },
  };
}
