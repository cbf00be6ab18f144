import {
  EcmFailure,
  type EcmOperations,
  type Found,
  type GivenOut,
  type PluginInfo,
} from '../../ecm/host/ecm-operations.ts';
import type {
  CredentialPackage,
  CredentialSummary,
  EndpointSummary,
  SessionContext,
} from '../../ecm/sdk/plugin.ts';

export function pluginInfo(change: Partial<PluginInfo> = {}): PluginInfo {
  return {
    instance: 'store',
    name: 'scripted',
    version: '1.0.0',
    description: 'For tests.',
    state: 'running',
    capabilities: { health: true, endpointSearch: false, sessionStarted: true, sessionComplete: true },
    health: { healthy: true, detail: 'looked at' },
    problem: undefined,
    ...change,
  };
}

/** What the plug-ins of a host say, as a test wants it. */
export class ScriptedEcm implements EcmOperations {
  /** Questions in the order they came. */
  readonly asked: { kind: string; session: SessionContext; id?: string | undefined; more?: unknown }[] = [];
  readonly name: string;
  credential: CredentialPackage;
  infos: PluginInfo[];
  private listeners: (() => void)[] = [];
  /** Runs before every answer: may wait, or fail. */
  before: (kind: string, signal: AbortSignal) => Promise<void> = async () => undefined;
  found: Found<CredentialSummary>;
  endpoints: EndpointSummary[] = [];

  constructor(name: string) {
    this.name = name;
    this.credential = { username: 'root', password: `secret of ${name}` };
    this.infos = [pluginInfo()];
    this.found = {
      items: [{ id: 'store:root', label: `root at ${name}`, username: 'root' }],
      truncated: false,
      problems: [],
    };
  }

  plugins(): PluginInfo[] {
    return this.infos;
  }

  change(infos: PluginInfo[]): void {
    this.infos = infos;
    for (const listener of this.listeners) listener();
  }

  async findCredentials(
    session: SessionContext,
    { search, limit, signal }: { search: string; limit: number; signal: AbortSignal },
  ): Promise<Found<CredentialSummary>> {
    this.asked.push({ kind: 'find', session, more: { search, limit } });
    await this.before('find', signal);
    return this.found;
  }

  async getCredential(
    session: SessionContext,
    id: string,
    { signal }: { signal: AbortSignal },
  ): Promise<GivenOut> {
    this.asked.push({ kind: 'get', session, id });
    await this.before('get', signal);
    if (!/:(root|deploy)$/.test(id)) throw new EcmFailure('not_found', `There is no ${id}.`);
    return { credential: this.credential, lease: `lease of ${this.name}` };
  }

  async releaseCredential(
    session: SessionContext,
    id: string,
    endedAt: Date,
    { lease, signal }: { lease: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    this.asked.push({ kind: 'release', session, id, more: { endedAt, lease } });
    await this.before('release', signal);
  }

  async findEndpoints(
    session: SessionContext,
    { search, types, signal }: { search: string; types: readonly string[]; signal: AbortSignal },
  ): Promise<Found<EndpointSummary>> {
    this.asked.push({ kind: 'endpoints', session, more: { search, types } });
    await this.before('endpoints', signal);
    return { items: this.endpoints, truncated: false, problems: [] };
  }

  async sessionStarted(
    session: SessionContext,
    id: string | undefined,
    { historyUrl, signal }: { historyUrl: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    this.asked.push({ kind: 'started', session, id, more: { historyUrl } });
    await this.before('started', signal);
  }

  async sessionComplete(session: SessionContext, { signal }: { signal: AbortSignal }): Promise<void> {
    this.asked.push({ kind: 'complete', session });
    await this.before('complete', signal);
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {
    this.listeners = [];
  }
}

/** For `before`: waits until the question is cancelled, or for ever. */
export function hangs(_kind: string, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new EcmFailure('unavailable', 'cancelled')));
  });
}
