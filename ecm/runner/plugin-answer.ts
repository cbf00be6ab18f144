import type { PluginCall } from '../channel/messages.ts';
import type { Plugin } from '../sdk/plugin.ts';

const SUMMARY_MEMBERS = ['id', 'label', 'username'];
const ENDPOINT_MEMBERS = ['id', 'label', 'type', 'hostname', 'port'];
const CREDENTIAL_MEMBERS = [
  'username',
  'domain',
  'password',
  'privateKey',
  'passphrase',
  'certificate',
  'lease',
];

/**
 * Asks the plug-in. Of what it answers only what belongs there goes on: no further members, no more than the limit. With `raw` members stay, for somebody who looks for what should not be there.
 */
export async function pluginAnswer(
  plugin: Plugin,
  call: PluginCall,
  signal: AbortSignal,
  raw: boolean,
): Promise<unknown> {
  switch (call.method) {
    case 'findCredentials': {
      const { session, search, limit } = call;
      const found = await plugin.findCredentials(session, { search, limit, signal });
      return someOf(found, limit, raw ? undefined : SUMMARY_MEMBERS);
    }
    case 'getCredential': {
      const given = await plugin.getCredential(call.session, call.credentialId, { signal });
      return only(given, raw ? undefined : CREDENTIAL_MEMBERS);
    }
    case 'releaseCredential': {
      const { session, credentialId, endedAt, lease } = call;
      await plugin.releaseCredential?.(session, credentialId, new Date(endedAt), { lease, signal });
      return null;
    }
    case 'findEndpoints': {
      const { session, search, limit, types = [] } = call;
      const found = await plugin.findEndpoints?.(session, { search, limit, types, signal });
      return someOf(found, limit, raw ? undefined : ENDPOINT_MEMBERS);
    }
    case 'sessionStarted': {
      const { session, credentialId, historyUrl } = call;
      await plugin.sessionStarted?.(session, credentialId, { historyUrl, signal });
      return null;
    }
    case 'sessionComplete':
      await plugin.sessionComplete?.(call.session, { signal });
      return null;
    case 'checkHealth':
      return only(await plugin.checkHealth?.({ signal }), raw ? undefined : ['healthy', 'detail']);
  }
}

function someOf(found: unknown, limit: number, members: readonly string[] | undefined): unknown {
  if (!Array.isArray(found)) return found ?? null;
  return found.slice(0, limit).map((one) => only(one, members));
}

function only(value: unknown, members: readonly string[] | undefined): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? null;
  const all = value as Record<string, unknown>;
  const named = members ?? Object.keys(all);
  return Object.fromEntries(named.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]));
}
