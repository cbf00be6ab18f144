import type { PluginCall } from '../channel/messages.ts';
import type { CredentialSummary, EndpointSummary, SessionContext } from '../sdk/plugin.ts';
import {
  EcmFailure,
  type EcmOperations,
  type Found,
  type GivenOut,
  type PluginInfo,
} from './ecm-operations.ts';
import type { HostLog } from './host-log.ts';
import { type Listed, parseEndpoints, parseSummaries } from './plugin-answers.ts';
import type { PluginInstance } from './plugin-instance.ts';
import type { PluginLimits } from './plugin-limits.ts';
import type { SupervisedPlugin } from './supervised-plugin.ts';

/** Most entries of one search. */
export const MOST_FOUND = 200;

interface Member {
  plugin: SupervisedPlugin;
  limits: PluginLimits;
}

/** The plug-ins of one host as one: what they find together, and each asked for what is its own. */
export class PluginSet implements EcmOperations {
  private readonly members: readonly Member[];
  private readonly log: HostLog;
  private readonly listeners: (() => void)[];

  constructor(
    instances: readonly PluginInstance[],
    plugins: readonly SupervisedPlugin[],
    log: HostLog,
    listeners: (() => void)[],
  ) {
    this.members = plugins.map((plugin, index) => ({ plugin, limits: instances[index]!.limits }));
    this.log = log;
    this.listeners = listeners;
  }

  plugins(): PluginInfo[] {
    return this.members.map(({ plugin }) => plugin.info());
  }

  /** Process ids of the plug-ins that run, for those who measure them. */
  pids(): number[] {
    return this.members.flatMap(({ plugin }) => plugin.pid ?? []);
  }

  findCredentials(
    session: SessionContext,
    options: { search: string; limit: number; signal: AbortSignal },
  ): Promise<Found<CredentialSummary>> {
    return this.find(this.members, options, (plugin, search, limit) => ({
      call: { method: 'findCredentials', session: heardBy(plugin, session), search, limit },
      parse: parseSummaries,
    }));
  }

  findEndpoints(
    session: SessionContext,
    options: { search: string; limit: number; types: readonly string[]; signal: AbortSignal },
  ): Promise<Found<EndpointSummary>> {
    const { types } = options;
    const able = this.members.filter(({ plugin }) => plugin.capabilities?.endpointSearch);
    return this.find(able, options, (plugin, search, limit) => ({
      call: { method: 'findEndpoints', session: heardBy(plugin, session), search, limit, types },
      parse: (value, most) => ofKinds(parseEndpoints(value, most), types),
    }));
  }

  async getCredential(
    session: SessionContext,
    credentialId: string,
    { signal }: { signal: AbortSignal },
  ): Promise<GivenOut> {
    const { member, id } = this.owner(credentialId);
    const { plugin, limits } = member;
    return plugin.fetch(heardBy(plugin, session), id, { limitMs: limits.getMs, signal });
  }

  async releaseCredential(
    session: SessionContext,
    credentialId: string,
    endedAt: Date,
    { lease, signal }: { lease: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    const { member, id } = this.owner(credentialId);
    const { plugin, limits } = member;
    plugin.released(session.lsid, id);
    if (plugin.capabilities?.release === false) return;
    await plugin.call(
      {
        method: 'releaseCredential',
        session: heardBy(plugin, session),
        credentialId: id,
        endedAt: endedAt.toISOString(),
        ...(lease !== undefined && { lease }),
      },
      { limitMs: limits.releaseMs, signal },
    );
  }

  sessionStarted(
    session: SessionContext,
    credentialId: string | undefined,
    { historyUrl, signal }: { historyUrl: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    const given = credentialId === undefined ? undefined : this.owner(credentialId);
    const able = this.members.filter(({ plugin }) => plugin.capabilities?.sessionStarted);
    return this.tell(able, signal, (member) => ({
      method: 'sessionStarted',
      session: heardBy(member.plugin, session),
      // The credentials of one plug-in are no business of another.
      ...(given?.member === member && { credentialId: given.id }),
      ...(historyUrl !== undefined && { historyUrl }),
    }));
  }

  sessionComplete(session: SessionContext, options: { signal: AbortSignal }): Promise<void> {
    const able = this.members.filter(({ plugin }) => plugin.capabilities?.sessionComplete);
    return this.tell(able, options.signal, ({ plugin }) => ({
      method: 'sessionComplete',
      session: heardBy(plugin, session),
    }));
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ plugin }) => plugin.close()));
  }

  private async find<T extends { id: string }>(
    members: readonly Member[],
    { search, limit, signal }: { search: string; limit: number; signal: AbortSignal },
    question: (
      plugin: SupervisedPlugin,
      search: string,
      limit: number,
    ) => { call: PluginCall; parse: (value: unknown, limit: number) => Listed<T> },
  ): Promise<Found<T>> {
    const most = Math.min(limit, MOST_FOUND);
    const found: Found<T> = { items: [], truncated: false, problems: [] };
    const lists = await Promise.all(
      members.map(async ({ plugin, limits }) => {
        const { instance } = plugin;
        // One more tells whether there are more.
        const { call, parse } = question(plugin, search, most + 1);
        try {
          const value = await plugin.call(call, { limitMs: limits.findMs, signal });
          const { items, truncated, leftOut } = plugin.believed(() => parse(value, most));
          if (leftOut !== '') found.problems.push(this.leftOut(instance, leftOut));
          found.truncated ||= truncated;
          return items.map((item) => ({ ...item, id: `${instance}:${item.id}` }));
        } catch (cause) {
          if (!(cause instanceof EcmFailure)) throw cause;
          found.problems.push({ instance, code: cause.code, message: cause.message });
          return [];
        }
      }),
    );
    found.items = fairShare(lists, most);
    found.truncated ||= found.items.length < lists.reduce((sum, { length }) => sum + length, 0);
    return found;
  }

  private leftOut(instance: string, leftOut: string) {
    this.log.warn({ plugin: instance, problem: leftOut }, 'a plug-in found what cannot be shown');
    return {
      instance,
      code: 'plugin_failed',
      message: `Of what the plug-in "${instance}" found, ${leftOut}.`,
    };
  }

  /** Every one is told, whatever the others say. */
  private async tell(
    members: readonly Member[],
    signal: AbortSignal,
    call: (member: Member) => PluginCall,
  ): Promise<void> {
    const told = await Promise.allSettled(
      members.map((member) => member.plugin.call(call(member), { limitMs: member.limits.noticeMs, signal })),
    );
    const failed = told.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private owner(credentialId: string): { member: Member; id: string } {
    const colon = credentialId.indexOf(':');
    const instance = credentialId.slice(0, Math.max(0, colon));
    const member = this.members.find(({ plugin }) => plugin.instance === instance);
    if (member === undefined || colon === credentialId.length - 1)
      throw new EcmFailure('not_found', 'There is no such credential: its plug-in is not one of this host.');
    return { member, id: credentialId.slice(colon + 1) };
  }
}

/** Which of the systems that it listed a session is with; what another one listed is no business of a plug-in. */
function heardBy({ instance }: SupervisedPlugin, { endpointId, ...session }: SessionContext): SessionContext {
  const own = endpointId?.startsWith(`${instance}:`) === true;
  return { ...session, ...(own && { endpointId: endpointId.slice(instance.length + 1) }) };
}

/** A plug-in that does not look at the kinds does no harm. */
function ofKinds(listed: Listed<EndpointSummary>, types: readonly string[]): Listed<EndpointSummary> {
  if (types.length === 0) return listed;
  return { ...listed, items: listed.items.filter(({ type }) => types.includes(type)) };
}

/** So many of all lists, in their order; each gets its share, and what one leaves is for the others. */
function fairShare<T>(lists: readonly T[][], most: number): T[] {
  const shares = lists.map(() => 0);
  let left = most;
  while (left > 0) {
    const open = lists.filter((list, index) => list.length > shares[index]!).length;
    if (open === 0) break;
    const each = Math.max(1, Math.floor(left / open));
    for (const [index, list] of lists.entries()) {
      const more = Math.min(each, left, list.length - shares[index]!);
      shares[index] = shares[index]! + more;
      left -= more;
    }
  }
  return lists.flatMap((list, index) => list.slice(0, shares[index]));
}
