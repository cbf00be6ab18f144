/** An enrolled program of a Jumpoint, as far as connecting needs it. */
export interface EnrolledProgram {
  id: number;
  jumpointId: number;
  jumpointName: string;
  /** Ed25519, raw 32 bytes. */
  identityPublicKey: Buffer;
  /** X25519, raw 32 bytes: what credentials for it are sealed with. */
  sealingPublicKey: Buffer;
  /** False: the Jumpoint is disabled, so its programs may not connect. */
  enabled: boolean;
  /** It belongs to the Jumpoint that comes with the appliance, so it runs beside a server process. */
  builtIn: boolean;
  /** The connection that counts, when its server process is alive. */
  connection: { nodeId: string; connectionId: string } | undefined;
}

export interface NewEnrolment {
  tokenHash: Buffer;
  identityPublicKey: Buffer;
  sealingPublicKey: Buffer;
  hostname: string;
  version: string;
  publicIp: string;
}

/** A connected program that could carry a session. */
export interface ProgramCandidate {
  jumpointNodeId: number;
  nodeId: string;
  nodeUrl: string;
  publicIp: string;
  privateIp: string;
  hostname: string;
  /** Sessions it carries now. */
  running: number;
}

/**
 * Which Jumpoint programs are enrolled and connected. A connection counts only while the lease of its server process
 * is alive.
 */
export interface JumpointPresence {
  /**
   * Uses up one use of the token. A Jumpoint that is no cluster has one program: its earlier ones are revoked and
   * returned, so that their connections can be closed. Undefined when the token is unknown, used up, expired or revoked.
   */
  enrol(
    enrolment: NewEnrolment,
  ): Promise<
    { jumpointNodeId: number; jumpointId: number; jumpointName: string; replaced: number[] } | undefined
  >;
  /** Undefined when unknown or revoked. */
  findProgram(jumpointNodeId: number): Promise<EnrolledProgram | undefined>;
  markConnected(connection: {
    jumpointNodeId: number;
    nodeId: string;
    connectionId: string;
    hostname: string;
    privateIp: string;
    publicIp: string;
    version: string;
  }): Promise<void>;
  /** Does nothing when a newer connection has taken its place. */
  markDisconnected(jumpointNodeId: number, connectionId: string): Promise<void>;
  markNodeGone(nodeId: string): Promise<void>;
  flagClone(jumpointNodeId: number): Promise<void>;
  /** Connected programs of a Jumpoint, the least loaded first. */
  candidates(jumpointId: number): Promise<ProgramCandidate[]>;
}
