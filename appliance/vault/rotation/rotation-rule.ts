import type { VaultAccount } from '../vault-account.ts';
import type { VaultEndpoint } from '../vault-endpoint.ts';
import type { HostTaskFailure } from './host-tasks.ts';

/**
 * Why the password or key of this account cannot be changed from here, in a sentence; undefined when it can. `endpoint`
 * is the one the account names.
 */
export function rotationObstacle(
  account: VaultAccount,
  endpoint: VaultEndpoint | undefined,
): string | undefined {
  if (account.ownerUserId !== null)
    return 'This is a personal account: its owner changes its password or key, not the appliance.';
  if (account.type === 'opaque_token')
    return 'A token is made by whoever takes it: it cannot be changed from here.';
  if (account.type === 'ssh_ca')
    return 'The key of an authority is trusted by the hosts that know it: it cannot be changed from here.';
  if (account.publicCert !== null)
    return 'The key of this account has a certificate, which a new key would not have: it cannot be changed from here.';
  if (endpoint === undefined)
    return 'This account names no endpoint, so there is no host to change it on. Set endpoint_id.';
  if (endpoint.jumpointId === null)
    return `The endpoint ${endpoint.name} names no Jumpoint to reach it through. Set jumpoint_id of the endpoint.`;
  if (endpoint.hostKey === '')
    return `The SSH host key of the endpoint ${endpoint.name} is not known, so nothing is sent to it. Read it with POST /vault/endpoint/${endpoint.id}/host-key, compare it, and set host_key of the endpoint.`;
  return undefined;
}

/** Failures that time may mend. */
const PASSING: ReadonlySet<string> = new Set<HostTaskFailure>([
  'jumpoint-not-connected',
  'unreachable',
  'lost',
]);

export function mayPass(code: string | undefined): boolean {
  return code !== undefined && PASSING.has(code);
}

/** Attempts before it counts as failed. */
export const MOST_ATTEMPTS = 6;
const PAUSES_SECONDS = [10, 30, 120, 300, 900];

/** Seconds until the next attempt after so many; undefined: enough. */
export function pauseAfter(attempts: number): number | undefined {
  return attempts >= MOST_ATTEMPTS
    ? undefined
    : PAUSES_SECONDS[Math.min(attempts, PAUSES_SECONDS.length) - 1];
}

/** How often it is looked again whether a host that was lost in the middle can be asked. */
export const ASK_AGAIN_SECONDS = 60 * 60;

/** How often it is looked whether an account that somebody has was given back. */
export const LOOK_FOR_CHECK_IN_SECONDS = 30;

/**
 * A host that was told to change may still be at it for so long, wherever the program is that told it. Before that no
 * new secret is thrown away.
 */
export const IN_FLIGHT_SECONDS = 120;

/** When the policy wants a new password; null: never. */
export function nextRotationDue(secretChangedAt: Date, maximumPasswordAge: number | null): Date | null {
  if (maximumPasswordAge === null) return null;
  return new Date(secretChangedAt.getTime() + maximumPasswordAge * 24 * 60 * 60 * 1000);
}
