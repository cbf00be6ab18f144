import { ApplianceError } from '../errors.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { GateContext, GateRuling, SignInGate, SignInPerson } from './sign-in-gate.ts';

/** Whether somebody signs in as a representative, which takes a licence; those from outside do. */
function isRepresentative({ settings, invited }: SignInPerson): boolean {
  return invited || settings.perm_support_allowed !== 'not_allowed';
}

/**
 * Lets so many representatives be signed in by browser at once; one person takes one licence, in however many browsers.
 * Administrators are let in even when none is left: somebody has to be able to see who holds them.
 */
export class LicenseGate implements SignInGate {
  readonly name = 'license';
  readonly #settings: SiteSettingsSource;

  constructor(deps: { settings: SiteSettingsSource }) {
    this.#settings = deps.settings;
  }

  async ruling(context: GateContext): Promise<GateRuling> {
    if (!this.#counts(context) || !(await this.#isExhausted(context))) return { kind: 'passed' };
    return { kind: 'refuse', reason: 'no licence left', message: this.#message() };
  }

  async admitted(context: GateContext, credentialId: string): Promise<undefined> {
    const { attempt, person, stores } = context;
    if (attempt.kind !== 'browser' || !isRepresentative(person)) return undefined;
    // Two at once cannot take the last one.
    await stores.userCredentials.lockLicenses();
    if (this.#counts(context) && (await this.#isExhausted(context))) {
      throw new ApplianceError('forbidden', this.#message());
    }
    await stores.userCredentials.takeLicense(credentialId);
    return undefined;
  }

  #counts({ attempt, person }: GateContext): boolean {
    const { representative_licenses: licenses } = this.#settings.current();
    if (licenses === 0 || attempt.kind !== 'browser') return false;
    return isRepresentative(person) && !person.settings.perm_admin;
  }

  async #isExhausted({ person, stores }: GateContext): Promise<boolean> {
    const others = await stores.userCredentials.licensesTaken(person.id);
    return others >= this.#settings.current().representative_licenses;
  }

  #message(): string {
    const { representative_licenses: licenses } = this.#settings.current();
    return `${licenses === 1 ? 'The one licence is' : `All ${licenses} licences are`} in use. Try again when a colleague has signed out, or ask an administrator.`;
  }
}
