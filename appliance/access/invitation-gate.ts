import { ApplianceError } from '../errors.ts';
import type { GateContext, GateRuling, SignInGate } from './sign-in-gate.ts';

/** Lets temporary accounts in by their key alone, and uses the key up when everything else has passed. */
export class InvitationGate implements SignInGate {
  readonly name = 'invitation';

  async ruling({ person, attempt }: GateContext): Promise<GateRuling> {
    if (!person.invited || attempt.methods.includes('invitation')) return { kind: 'passed' };
    return { kind: 'refuse', reason: 'an invited person without the key' };
  }

  async admitted({ person, stores, address }: GateContext, credentialId: string): Promise<undefined> {
    if (!person.invited) return undefined;
    if (await stores.repInvitations.use(person.id, address, credentialId)) return undefined;
    throw new ApplianceError(
      'unauthenticated',
      'This key does not work: it may have been used, have expired or been taken back.',
    );
  }
}
