import type { SiteSettingsSource } from '../settings/site-settings.ts';
import { registeredMethods } from './fresh-proof.ts';
import type { PasskeyCeremonies, SecondFactorMethod } from './second-factor.ts';
import type { SecondFactorCheck } from './second-factor-check.ts';
import { isSecondFactorOpen } from './second-factor-rules.ts';
import type { GateContext, GateRuling, SignInAnswer, SignInGate } from './sign-in-gate.ts';

const NONE_LEFT =
  'None of your second factors can be used here. Ask an administrator to reset them, or sign in with a browser.';

/**
 * Asks people who have a second factor for it, unless the provider that vouched saw to one itself. Whoever must have
 * one and has none is let in to register it: the credential is good for nothing else.
 */
export class SecondFactorGate implements SignInGate {
  readonly name = 'second_factor';
  readonly #check: SecondFactorCheck;
  readonly #passkeys: PasskeyCeremonies;
  readonly #settings: SiteSettingsSource;

  constructor(deps: { check: SecondFactorCheck; passkeys: PasskeyCeremonies; settings: SiteSettingsSource }) {
    this.#check = deps.check;
    this.#passkeys = deps.passkeys;
    this.#settings = deps.settings;
  }

  async ruling({ attempt, person, stores }: GateContext): Promise<GateRuling> {
    const provider =
      attempt.providerId === undefined
        ? undefined
        : await stores.securityProviders.findById(attempt.providerId);
    if (!isSecondFactorOpen(attempt.methods, provider)) return { kind: 'passed' };
    const { secondFactors } = stores;
    const state = await secondFactors.find(person.id);
    const passkeys = state === undefined ? [] : await secondFactors.passkeysOf(person.id);
    if (!state?.totpConfirmedAt && passkeys.length === 0) return { kind: 'passed' };
    const registered = await registeredMethods(stores, person.id);
    const methods = this.#inOrder(
      // Terminals have no authenticator.
      registered.filter((method) => method !== 'passkey' || this.#browserHasPasskeys(attempt.kind)),
    );
    if (methods.length === 0) {
      return { kind: 'refuse', reason: 'no second factor can be used', message: NONE_LEFT };
    }
    if (!methods.includes('passkey')) return ask(methods);
    const challenge = this.#passkeys.newChallenge();
    attempt.memo = challenge;
    const allowed = passkeys.filter(({ cloneSuspectedAt }) => cloneSuspectedAt === null);
    return ask(methods, { passkey: await this.#passkeys.requestOptions({ challenge, allowed }) });
  }

  async answer({ attempt, person, stores, address }: GateContext, { code, passkey }: SignInAnswer) {
    const questioned = { id: person.id, username: person.username, address };
    const challenge = attempt.memo;
    attempt.memo = '';
    const judgement =
      code !== undefined
        ? await this.#check.code(stores, questioned, code)
        : await this.#check.passkey(stores, questioned, passkey ?? {}, challenge);
    if (judgement.kind === 'wrong') return judgement;
    attempt.methods.push(judgement.method);
    return { kind: 'passed' as const };
  }

  #browserHasPasskeys(kind: 'browser' | 'token'): boolean {
    return kind === 'browser' && this.#passkeys.unavailable === undefined;
  }

  /** The site's default first. */
  #inOrder(methods: SecondFactorMethod[]): SecondFactorMethod[] {
    const order: SecondFactorMethod[] =
      this.#settings.current().sign_in_default_method === 'passkey'
        ? ['passkey', 'totp', 'recovery_code']
        : ['totp', 'passkey', 'recovery_code'];
    return order.filter((method) => methods.includes(method));
  }
}

const QUESTIONS: Record<SecondFactorMethod, string> = {
  totp: 'Enter the code that your authenticator app shows, or a recovery code.',
  passkey: 'Use your passkey.',
  recovery_code: 'Enter one of your recovery codes.',
};

function ask(methods: SecondFactorMethod[], more: Record<string, unknown> = {}): GateRuling {
  return {
    kind: 'ask',
    step: { step: 'second_factor', message: QUESTIONS[methods[0]!], details: { methods, ...more } },
  };
}
