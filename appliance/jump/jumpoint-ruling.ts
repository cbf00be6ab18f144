import type { ExplainedMembership } from '../access/memberships.ts';
import { explainMembership } from '../access/memberships.ts';
import { jumpointFacts, type PersonAccess } from '../access/person-access.ts';
import type { JumpRefusal } from '../access/ruling-path.ts';
import type { JumpItemKind } from './jump-item.ts';
import type { Jumpoint, ProvisionedTarget } from './jumpoint.ts';

/** A Jumpoint as the rules need it. */
export type JumpointFacts = Pick<
  Jumpoint,
  'id' | 'name' | 'enabled' | 'shellJumpEnabled' | 'shellJumpAccess' | 'shellJumpProvisioned'
>;

/** The system a Shell Jump would reach. */
export type ShellJumpTarget = Pick<ProvisionedTarget, 'hostname' | 'port' | 'protocol'>;

/** Whether the person may use the Jumpoint; administrators may use every one. */
export function mayUseJumpoint(person: PersonAccess, jumpointId: number): boolean {
  return person.administrator || person.jumpoints.has(jumpointId);
}

/** The same with the path it took; it speaks of memberships also where an administrator needs none. */
export function explainJumpointMembership(
  person: PersonAccess,
  jumpointId: number,
): ExplainedMembership<never> {
  return explainMembership(jumpointId, jumpointFacts(person.facts));
}

/** The only kinds whose targets a Jumpoint may restrict. */
export function isShellJump(kind: JumpItemKind): boolean {
  return kind === 'shell_jump';
}

/**
 * Why the person cannot jump through the Jumpoint: membership first, then what the Jumpoint allows. Undefined: it is
 * allowed. Ranges of a limited Jumpoint are checked where names are resolved, by the Jumpoint itself.
 */
export function jumpointRefusal(
  person: PersonAccess,
  jumpoint: JumpointFacts,
  kind: JumpItemKind,
  target: ShellJumpTarget | undefined,
): Omit<JumpRefusal, 'rule' | 'facts'> | undefined {
  const { name } = jumpoint;
  if (!mayUseJumpoint(person, jumpoint.id)) {
    return { code: 'forbidden', reason: 'jumpoint_membership', message: 'You may not use this Jumpoint.' };
  }
  if (!jumpoint.enabled) {
    return {
      code: 'unavailable',
      reason: 'jumpoint_disabled',
      message: `The Jumpoint “${name}” is disabled.`,
    };
  }
  if (!isShellJump(kind)) return undefined;
  if (!jumpoint.shellJumpEnabled) {
    return {
      code: 'forbidden',
      reason: 'jumpoint_shell_jump',
      message: `The Jumpoint “${name}” does not allow Shell Jumps.`,
    };
  }
  if (jumpoint.shellJumpAccess !== 'provisioned' || target === undefined) return undefined;
  if (isProvisioned(jumpoint.shellJumpProvisioned, target)) return undefined;
  return {
    code: 'forbidden',
    reason: 'jumpoint_provisioned',
    message: `The Jumpoint “${name}” allows Shell Jumps to provisioned systems only.`,
  };
}

export function isProvisioned(provisioned: readonly ProvisionedTarget[], target: ShellJumpTarget): boolean {
  return provisioned.some(
    ({ hostname, port, protocol }) =>
      hostname.toLowerCase() === target.hostname.toLowerCase() &&
      (!port || port === target.port) &&
      (!protocol || protocol === target.protocol),
  );
}
