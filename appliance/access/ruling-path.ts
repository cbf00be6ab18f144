import { ApplianceError, type ErrorCode } from '../errors.ts';
import type { SettingSource } from './effective-settings.ts';
import type { SessionPolicyPlace } from './session-permission-rules.ts';

/** The rules of a jump, in the order they are asked. */
export const JUMP_RULES = [
  'account',
  'jump_item',
  'jump_method',
  'jumpoint',
  'jump_item_role',
  'jump_policy',
  'session_permissions',
  'simultaneous_jumps',
] as const;
export type JumpRule = (typeof JUMP_RULES)[number];

/** Who said something: about a person's settings, or a session policy and what made it one of the session's. */
export type RulingSource =
  | SettingSource
  | { kind: 'session_policy'; id: number; name: string; place: SessionPolicyPlace };

export interface RulingStatement {
  source: RulingSource;
  value: unknown;
  /** Why it does not hold; undefined for the one that does. */
  passedOver?: { because: 'replaced_later' | 'final_before' | 'lower_priority'; by: RulingSource };
}

/** Everything that was said about one thing, and what came of it. */
export interface Said {
  /** Wire name of a setting or session permission, or what the statements are about: `jump_group_membership`, `jumpoint_membership`. */
  about: string;
  value: unknown;
  source: RulingSource | undefined;
  statements: readonly RulingStatement[];
}

/** One rule as it was applied. */
export interface Step {
  rule: JumpRule;
  allowed: boolean;
  /** A plain sentence. */
  message: string;
  /** Ids and names the sentence is about, under wire names. */
  facts: Record<string, unknown>;
  /** Who said what. Only where an explanation was asked for. */
  said: readonly Said[];
}

/** Why not. `code` is how a call fails; `reason` is for programs, one word per way to be refused. */
export interface JumpRefusal {
  rule: JumpRule;
  code: ErrorCode;
  reason: string;
  message: string;
  /** Goes with the refusal on the wire. */
  facts: Record<string, unknown>;
}

/** The refusal as a call fails with it; programs find its `reason` beside the message. */
export function refused({ code, message, reason, facts }: JumpRefusal): ApplianceError {
  return new ApplianceError(code, message, { facts: { reason, ...facts } });
}
