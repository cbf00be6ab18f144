import { createHash } from 'node:crypto';
import type { SiteSettings, SiteSettingsSource } from '../settings/site-settings.ts';
import type { GateContext, GateRuling, SignInAnswer, SignInGate } from './sign-in-gate.ts';

/** Asks everybody to accept the login agreement, at every sign-in. What was accepted is audited by its hash. */
export class AgreementGate implements SignInGate {
  readonly name = 'agreement';
  readonly #settings: SiteSettingsSource;

  constructor(deps: { settings: SiteSettingsSource }) {
    this.#settings = deps.settings;
  }

  async ruling({ attempt }: GateContext): Promise<GateRuling> {
    const settings = this.#settings.current();
    if (!settings.login_agreement_enabled) return { kind: 'passed' };
    const version = versionOf(settings);
    attempt.memo = version;
    return {
      kind: 'ask',
      step: {
        step: 'agreement',
        message: 'Read the agreement and accept it to go on.',
        details: { title: settings.login_agreement_title, text: settings.login_agreement_text, version },
      },
    };
  }

  async answer(
    { attempt, person, stores, address }: GateContext,
    { accept }: SignInAnswer,
  ): Promise<{ kind: 'passed' } | { kind: 'wrong'; reason: string; message: string }> {
    const settings = this.#settings.current();
    if (accept !== true) {
      return {
        kind: 'wrong',
        reason: 'the agreement was not accepted',
        message: 'You have to accept the agreement to sign in.',
      };
    }
    const version = versionOf(settings);
    if (settings.login_agreement_enabled && attempt.memo !== version) {
      return {
        kind: 'wrong',
        reason: 'the agreement changed while it was read',
        message: 'The agreement has just changed. Read it again.',
      };
    }
    await stores.auditLog.record({
      type: 'user.agreement_accepted',
      actor: { kind: 'system', name: 'sign-in' },
      object: { type: 'user', id: person.id, name: person.username },
      after: { version: attempt.memo, address },
    });
    return { kind: 'passed' };
  }
}

/** Of exactly this title and text: SHA-256, in hexadecimal figures. */
export function versionOf(
  settings: Pick<SiteSettings, 'login_agreement_title' | 'login_agreement_text'>,
): string {
  return createHash('sha256')
    .update(`${settings.login_agreement_title}\n${settings.login_agreement_text}`)
    .digest('hex');
}
