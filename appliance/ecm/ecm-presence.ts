import type { EcmHostState, EcmPlugin, EcmWait } from './ecm-host.ts';

/** An enrolled host, as far as connecting needs it. */
export interface EnrolledEcmHost {
  id: number;
  name: string;
  state: Exclude<EcmHostState, 'revoked'>;
  /** Ed25519, raw 32 bytes. */
  identityPublicKey: Buffer;
  /** The connection that counts, when its server process is alive. */
  connection: { nodeId: string; connectionId: string } | undefined;
}

export interface NewEcmHost {
  name: string;
  identityPublicKey: Buffer;
  sealingPublicKey: Buffer;
  hostname: string;
  version: string;
  publicIp: string;
  enrolledBy: { apiAccountId: number; name: string };
}

export interface EcmConnection {
  ecmHostId: number;
  nodeId: string;
  connectionId: string;
  hostname: string;
  privateIp: string;
  publicIp: string;
  version: string;
  plugins: EcmPlugin[];
}

/** A connected host that may be asked. */
export interface ServingEcmHost {
  id: number;
  name: string;
  nodeId: string;
  connectionId: string;
  plugins: EcmPlugin[];
}

/**
 * Which hosts are enrolled and connected. A connection counts only while the lease of its server process is alive.
 */
export interface EcmPresence {
  /** Undefined when there are as many as may be. The new one is pending. */
  enrol(host: NewEcmHost): Promise<{ id: number } | undefined>;
  /** Undefined when unknown or revoked. */
  findHost(id: number): Promise<EnrolledEcmHost | undefined>;
  /**
   * Makes this the connection that counts, and decides, together with whoever else comes right now, whether it is asked
   * or waits. `gone` when the host is unknown or revoked by now.
   */
  enter(connection: EcmConnection): Promise<{ waitsFor: EcmWait | undefined } | 'gone'>;
  /** Does nothing when a newer connection has taken its place. */
  leave(ecmHostId: number, connectionId: string): Promise<void>;
  markNodeGone(nodeId: string): Promise<void>;
  setPlugins(ecmHostId: number, connectionId: string, plugins: EcmPlugin[]): Promise<void>;
  flagClone(ecmHostId: number): Promise<void>;
  /** Those that may be asked, the one connected longest first. */
  serving(): Promise<ServingEcmHost[]>;
  /** Whether any host was ever approved and not revoked. */
  anyApproved(): Promise<boolean>;
}
