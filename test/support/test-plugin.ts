import type { Plugin, PluginDefinition, SessionContext } from '../../ecm/sdk/plugin.ts';
import type { SettingsSchema, SettingsValues } from '../../ecm/sdk/settings.ts';

/** What an administrator wrote: settings without a default must be there, the others may. */
type Given<S extends SettingsSchema> = Partial<SettingsValues<S>>;

export interface OpenedPlugin extends Plugin {
  /** Everything the plug-in logged so far. */
  logged: string[];
  /** The texts it wants masked. */
  masked: string[];
}

/** A plug-in in this process, with its defaults filled in and its rules between settings checked. */
export async function openPlugin<S extends SettingsSchema>(
  definition: PluginDefinition<S>,
  given: Given<S>,
): Promise<OpenedPlugin> {
  const settings = settingsOf(definition, given);
  const problems = definition.check?.(settings) ?? [];
  if (problems.length > 0) {
    throw new Error(problems.map(({ setting, message }) => `${setting}: ${message}`).join('\n'));
  }
  const logged: string[] = [];
  const masked: string[] = [];
  const say = (message: string) => void logged.push(message);
  const plugin = await definition.create(settings, {
    log: { info: say, warn: say, error: say },
    mask: (secret) => void masked.push(secret),
  });
  return Object.assign(plugin, { logged, masked });
}

function settingsOf<S extends SettingsSchema>(
  { settings }: PluginDefinition<S>,
  given: Given<S>,
): SettingsValues<S> {
  const entries = Object.entries(settings).map(([name, setting]) => {
    const value = given[name] ?? ('default' in setting ? setting.default : undefined);
    if (value === undefined && setting.optional !== true) throw new Error(`${name} is missing`);
    return [name, value];
  });
  return Object.fromEntries(entries) as SettingsValues<S>;
}

interface SessionFacts {
  hostname?: string;
  name?: string;
  port?: number;
  username?: string;
  group?: string;
  tag?: string;
  type?: string;
  url?: string;
  user?: string;
  lsid?: string;
}

/** Somebody who jumps to a system. */
export function aPluginSession(facts: SessionFacts = {}): SessionContext {
  return {
    lsid: facts.lsid ?? '0123456789abcdef0123456789abcdef',
    user: {
      id: 7,
      username: facts.user ?? 'rita',
      displayName: 'Rita Rep',
      emailAddress: 'rita@example.com',
      distinguishedName: '',
      provider: 'Local',
    },
    jumpItem: {
      id: 12,
      type: facts.type ?? 'shell_jump',
      name: facts.name ?? 'An item',
      hostname: facts.hostname ?? 'web01.example.com',
      port: facts.port ?? 22,
      username: facts.username ?? '',
      group: facts.group ?? 'Servers',
      tag: facts.tag ?? '',
      comments: '',
      url: facts.url ?? '',
    },
  };
}

export function findOptions(search = '', limit = 200) {
  return { search, limit, signal: AbortSignal.timeout(15_000) };
}

export function callOptions() {
  return { signal: AbortSignal.timeout(15_000) };
}
