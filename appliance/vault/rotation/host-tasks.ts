import type { Jumpoint } from '../../jump/jumpoint.ts';

/** A secret of an account of a host, as programs sign in with it. */
export interface HostSecret {
  password?: string;
  /** OpenSSH, PEM or PuTTY format, not encrypted. */
  private_key?: string;
}

export interface HostSecrets {
  username: string;
  /** What holds as far as is known, and what is to hold. */
  current: HostSecret;
  next: HostSecret;
  /** Of keys: kind and base64. */
  currentPublicKey?: string;
  nextPublicKey?: string;
}

export interface HostTask {
  kind: 'ssh.host-key' | 'ssh.verify' | 'ssh.change-password' | 'ssh.change-key';
  /** Tasks of one subject are done one after the other by a program. */
  subject: string;
  jumpoint: Pick<Jumpoint, 'id' | 'name' | 'shellJumpAccess' | 'shellJumpRanges' | 'shellJumpProvisioned'>;
  hostname: string;
  port: number;
  /** Kind and base64 of the only host key that will do; empty for `ssh.host-key` alone. */
  hostKey: string;
  /** Not for `ssh.host-key`. */
  secrets?: HostSecrets;
}

export type HostTaskFailure =
  /** No program of the Jumpoint is connected to this server process. */
  | 'jumpoint-not-connected'
  /** Its program does not know such tasks. */
  | 'jumpoint-too-old'
  | 'not-understood'
  | 'not-allowed'
  | 'unreachable'
  | 'host-key-changed'
  | 'authentication-failed'
  | 'refused'
  | 'unsupported'
  | 'lost';

export interface HostTaskResult {
  /**
   * `done`: what was asked for is so, and was verified. `unchanged`: the current secret holds, or nothing was touched.
   * `neither`: the host takes neither secret. `unknown`: it may have changed or not.
   */
  outcome: 'done' | 'unchanged' | 'neither' | 'unknown';
  /** Of everything but `done`. */
  code?: HostTaskFailure | undefined;
  /** For people; holds no secret. */
  detail: string;
  /** Of `ssh.verify` that is done: which of the two secrets the host takes. */
  holds?: 'current' | 'next' | 'both' | 'neither' | undefined;
  /** Of `ssh.host-key` that is done, and of `host-key-changed`: kind and base64. */
  hostKey?: string | undefined;
}

/**
 * Work on hosts of remote networks, done by the programs of the Jumpoints that stand there. Secrets leave this process
 * sealed for the program that does it.
 */
export interface HostTasks {
  /**
   * `phase` hears of each step when it is behind the host: `changed`, the host says so; `verified`, the new secret signed
   * in. Never rejects; a program that is silent for too long is `unknown` and `lost`.
   */
  run(task: HostTask, phase?: (phase: 'changed' | 'verified') => void): Promise<HostTaskResult>;
}
