import type { AccessPolicySource } from './access-policy.ts';
import type { KnownDevices } from './known-devices.ts';
import { maySignInFrom, restrictionFor } from './network-restriction.ts';
import type { GateContext, GateRuling, SignInGate } from './sign-in-gate.ts';

/** Lets people in from the networks that the site, or their own account, names. */
export class NetworkGate implements SignInGate {
  readonly name = 'network';
  readonly #policy: AccessPolicySource;
  readonly #devices: KnownDevices;

  constructor(deps: { policy: AccessPolicySource; devices: KnownDevices }) {
    this.#policy = deps.policy;
    this.#devices = deps.devices;
  }

  async ruling({ person, address, device }: GateContext): Promise<GateRuling> {
    const restriction = restrictionFor(
      { administrator: person.settings.perm_admin, restriction: person.restriction },
      this.#policy.current().networks,
    );
    const known = this.#devices.idFor(device, person.id) !== undefined;
    if (maySignInFrom(restriction, address, known)) return { kind: 'passed' };
    return {
      kind: 'refuse',
      reason: restriction.mode === 'always' ? 'network' : 'network of a first sign-in',
      message:
        restriction.mode === 'always'
          ? 'You cannot sign in from this network. Sign in from a network that your administrator allows.'
          : 'The first sign-in of a device has to come from a network that your administrator allows. Sign in there once; then you can sign in from here.',
    };
  }
}
