import type { JumpPolicyRules } from './jump-policy-check.ts';
import type { ShellTarget } from './support-session.ts';

/** A saved Jump Item as starting a session needs it. */
export interface JumpTarget {
  id: number;
  kind: string;
  name: string;
  /** Undefined for kinds that are no shells. */
  shell: ShellTarget | undefined;
  jumpointId: number | undefined;
  jumpGroup: { id: number; type: 'shared' | 'personal'; name: string };
  jumpPolicy: JumpPolicyRules | undefined;
  /** The role allows starting sessions with it. */
  mayStart: boolean;
  /** The role allows changing its Jump Policy, and with it to pass over the schedule. */
  mayEditJumpPolicy: boolean;
}

/** The rights of a person that do not depend on a Jump Item. */
export interface JumpRights {
  administrator: boolean;
  enabled: boolean;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  /** Kinds of Jump Items this person may start, e.g. `shell_jump`. */
  allowedJumpMethods: readonly string[];
}

/** What session start asks about Jump Items and people. */
export interface JumpTargets {
  /** Undefined when there is no such item of that kind or the person may not see it. */
  find(userId: number, kind: string, jumpItemId: number): Promise<JumpTarget | undefined>;
  rightsOf(userId: number): Promise<JumpRights | undefined>;
  markAccessed(jumpItemId: number): Promise<void>;
}
