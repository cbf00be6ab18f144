import type {
  CredentialPackage,
  CredentialSummary,
  EndpointSummary,
  Health,
  SessionContext,
} from '../sdk/plugin.ts';

/** A plug-in as the host shows it to the server. */
export interface PluginInfo {
  /** The name the administrator gave it in the host's file, 1 to 32 characters of `[A-Za-z0-9_-]`. */
  instance: string;
  name: string;
  version: string;
  description: string;
  state: 'running' | 'restarting' | 'broken';
  capabilities: {
    health: boolean;
    endpointSearch: boolean;
    sessionStarted: boolean;
    sessionComplete: boolean;
  };
  /** Of the latest check; undefined when it cannot be checked or has not been yet. */
  health: Health | undefined;
  /** Why it is not running, in words for an administrator; undefined while it runs. */
  problem: string | undefined;
}

export interface GivenOut {
  credential: CredentialPackage;
  /** To be said again at release. No secret, up to 1,024 characters. */
  lease: string | undefined;
}

/** Found credentials; what a plug-in could not say stands beside what the others said. */
export interface Found<T> {
  items: T[];
  /** There were more than the limit. */
  truncated: boolean;
  problems: { instance: string; code: string; message: string }[];
}

/**
 * What the host can be asked, whatever its plug-ins do: every call ends within its time. Ids are `instance:id`, at most
 * 288 characters, as `find` says them; so is the `endpointId` of a session, which only its plug-in hears. A refusal is an `EcmFailure`.
 */
export interface EcmOperations {
  plugins(): PluginInfo[];
  findCredentials(
    session: SessionContext,
    options: { search: string; limit: number; signal: AbortSignal },
  ): Promise<Found<CredentialSummary>>;
  getCredential(
    session: SessionContext,
    credentialId: string,
    options: { signal: AbortSignal },
  ): Promise<GivenOut>;
  releaseCredential(
    session: SessionContext,
    credentialId: string,
    endedAt: Date,
    options: { lease: string | undefined; signal: AbortSignal },
  ): Promise<void>;
  findEndpoints(
    session: SessionContext,
    options: { search: string; limit: number; types: readonly string[]; signal: AbortSignal },
  ): Promise<Found<EndpointSummary>>;
  sessionStarted(
    session: SessionContext,
    credentialId: string | undefined,
    options: { historyUrl: string | undefined; signal: AbortSignal },
  ): Promise<void>;
  sessionComplete(session: SessionContext, options: { signal: AbortSignal }): Promise<void>;
  /** Told whenever an entry of `plugins()` changed. */
  onChange(listener: () => void): void;
  /** Ends every plug-in process; calls that still run fail. */
  close(): Promise<void>;
}

export const ECM_FAILURE_CODES = [
  'not_found',
  'forbidden',
  'unavailable',
  'misconfigured',
  'in_use',
  /** The plug-in crashed, hung, flooded or answered what no plug-in may answer. */
  'plugin_failed',
] as const;
export type EcmFailureCode = (typeof ECM_FAILURE_CODES)[number];

/** Why an operation did not come about, in words for people; never with a secret in it. */
export class EcmFailure extends Error {
  readonly code: EcmFailureCode;

  constructor(code: EcmFailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EcmFailure';
    this.code = code;
  }
}
