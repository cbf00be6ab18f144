import type { LaunchParameters } from './launch-script.ts';

/** How long a launch token works. */
export const LAUNCH_TOKEN_SECONDS = 300;

export interface NewLaunchToken {
  tokenHash: Buffer;
  userId: number;
  command: LaunchParameters;
  createdBy: string;
  /** From now, by database time. */
  lifetimeSeconds: number;
}

/** One-time tokens, each bound to a user and a command. Only hashes are kept. */
export interface LaunchTokens {
  /** Answers when it expires. */
  insert(token: NewLaunchToken): Promise<Date>;
  /** Uses up an unused, unexpired token of this user and answers its command; undefined leaves everything as it is. */
  redeem(tokenHash: Buffer, userId: number): Promise<LaunchParameters | undefined>;
}

export interface LaunchJumpoint {
  id: number;
  name: string;
  codeName: string;
}

/** Jumpoints for targets that are not saved. */
export interface LaunchJumpoints {
  /** Those that are enabled for Shell Jumps and that the person may use, by name. */
  forShellJump(allowed: 'all' | readonly number[]): Promise<LaunchJumpoint[]>;
}
