import { ApplianceError } from '../errors.ts';
import { hashSecret } from '../secrets.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { CredentialEvents } from './credential-events.ts';
import type { GateContext, GateRuling, SignInAnswer, SignInGate } from './sign-in-gate.ts';

const IN_USE =
  'This account is signed in elsewhere. Sign out there first, or ask an administrator to end it.';

/** What happens when somebody signs in by browser who is signed in by another one. Programs do not count. */
export class AccountInUseGate implements SignInGate {
  readonly name = 'account_in_use';
  readonly #settings: SiteSettingsSource;
  readonly #events: CredentialEvents;

  constructor(deps: { settings: SiteSettingsSource; events: CredentialEvents }) {
    this.#settings = deps.settings;
    this.#events = deps.events;
  }

  async ruling(context: GateContext): Promise<GateRuling> {
    const mode = this.#settings.current().account_in_use;
    if (mode === 'allow' || context.attempt.kind !== 'browser') return { kind: 'passed' };
    const others = await this.#others(context);
    if (others.length === 0) return { kind: 'passed' };
    if (mode === 'refuse_second') return { kind: 'refuse', reason: 'account in use', message: IN_USE };
    return {
      kind: 'ask',
      step: {
        step: 'account_in_use',
        message: 'This account is signed in elsewhere. Going on ends that sign-in and what is open there.',
        details: { sign_ins: others.length },
      },
    };
  }

  async answer(
    _context: GateContext,
    { accept }: SignInAnswer,
  ): Promise<{ kind: 'passed' } | { kind: 'wrong'; reason: string; message: string }> {
    if (accept === true) return { kind: 'passed' };
    return {
      kind: 'wrong',
      reason: 'the other sign-in was not to be ended',
      message: 'You can sign in here only when the other sign-in ends.',
    };
  }

  /** The account's row is held since the sign-in was noted: of two at once, the second finds the first. */
  async admitted(context: GateContext, credentialId: string): Promise<undefined | (() => void)> {
    const { attempt, person, stores, address } = context;
    const mode = this.#settings.current().account_in_use;
    if (mode === 'allow' || attempt.kind !== 'browser') return undefined;
    const others = (await this.#others(context)).filter((id) => id !== credentialId);
    const asked = attempt.passed.includes(this.name) && mode === 'terminate_others';
    if (others.length > 0 && !asked) throw new ApplianceError('forbidden', IN_USE);
    const ended = await stores.userCredentials.endBrowserSessionsOf(person.id, credentialId);
    if (others.length > 0) {
      await stores.auditLog.record({
        type: 'user.other_sign_ins_ended',
        actor: { kind: 'system', name: 'sign-in' },
        object: { type: 'user', id: person.id, name: person.username },
        after: { sign_ins: others.length, reason: 'account in use', address },
      });
    }
    return () => {
      for (const id of ended) this.#events.publish({ kind: 'credential_ended', credentialId: id });
    };
  }

  /** The sign-in that this browser itself still has gives way in silence. */
  async #others({ person, stores, session }: GateContext): Promise<string[]> {
    return await stores.userCredentials.browserSessionsOf(
      person.id,
      session === undefined ? undefined : hashSecret(session),
    );
  }
}
