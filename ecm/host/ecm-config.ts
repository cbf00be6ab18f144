import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { SettingsValues } from '../sdk/settings.ts';
import { checkSettings } from '../sdk/settings-check.ts';
import { type ConfigProblem, EcmConfigProblem } from './ecm-config-problem.ts';
import type { PluginInstance } from './plugin-instance.ts';
import { LIMITS_SCHEMA, type PluginLimits, pluginLimits } from './plugin-limits.ts';
import { cannotRun } from './plugin-runtime.ts';
import { bundledPlugin, bundledPlugins } from './program-files.ts';

const MOST_BYTES = 1024 * 1024;
const MOST_INSTANCES = 32;
const MEMBERS = ['plugin', 'settings', 'limits', 'environment'];

export interface EcmConfig {
  /** Path as given. */
  file: string;
  plugins: readonly PluginInstance[];
}

/** Reads the file of an ECM host. Fails with `EcmConfigProblem`, which names everything that is wrong in it. */
export async function readEcmConfig(file: string): Promise<EcmConfig> {
  return new ConfigReader(file, await textOf(file)).read();
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new EcmConfigProblem(file, [{ message: `cannot be read: ${(cause as Error).message}` }]);
  }
}

/** An entry of `plugins`, and where it begins. */
interface NamedInstance {
  name: string;
  node: Node | null;
  at: Node;
}

class ConfigReader {
  private readonly file: string;
  private readonly folder: string;
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;
  private readonly problems: ConfigProblem[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.folder = dirname(resolve(file));
    this.document = parseDocument(text, { lineCounter: this.lines });
  }

  async read(): Promise<EcmConfig> {
    for (const { message, pos } of this.document.errors)
      this.problems.push({ line: this.lines.linePos(pos[0]).line, message: message.split('\n')[0]! });
    const plugins = this.problems.length > 0 ? [] : await this.instances();
    if (this.problems.length > 0) throw new EcmConfigProblem(this.file, this.problems);
    return { file: this.file, plugins };
  }

  private async instances(): Promise<PluginInstance[]> {
    const root = this.document.contents;
    if (!isMap(root)) {
      this.problem(root, 'must be a map with "plugins".');
      return [];
    }
    for (const { key } of root.items)
      if (!isScalar(key) || key.value !== 'plugins')
        this.problem(key as Node, `"${String(key)}" is unknown. There is: plugins.`);
    const named = this.namedInstances(root.get('plugins', true) as Node | undefined);
    if (named.length > MOST_INSTANCES) this.problem(root, `names more than ${MOST_INSTANCES} plug-ins.`);
    const read = await Promise.all(named.map((one) => this.instance(one)));
    return read.filter((one) => one !== undefined);
  }

  /** `plugins` is a map of instances by name, or a list of instances that each say their `name`. */
  private namedInstances(plugins: Node | undefined): NamedInstance[] {
    if (isMap(plugins) && plugins.items.length > 0)
      return plugins.items.map(({ key, value }) => ({
        name: String(isScalar(key) ? key.value : key),
        node: value as Node | null,
        at: key as Node,
      }));
    if (isSeq(plugins) && plugins.items.length > 0) {
      const named = plugins.items.map((item) => {
        const node = item as Node;
        const name = isMap(node) ? node.get('name') : undefined;
        if (typeof name !== 'string') this.problem(node, 'a plug-in in a list needs a name.');
        return { name: String(name), node, at: node };
      });
      const twice = named.find(({ name }, index) => named.findIndex((other) => other.name === name) < index);
      if (twice !== undefined) this.problem(twice.at, `there are two plug-ins "${twice.name}".`);
      return named;
    }
    this.problem(plugins, 'names no plug-ins: "plugins" must be a map or a list of at least one.');
    return [];
  }

  private async instance({ name, node, at }: NamedInstance): Promise<PluginInstance | undefined> {
    const tell = (message: string, where: Node | null | undefined = at) =>
      this.problems.push({ line: this.lineOf(where ?? at), instance: name, message });
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(name)) tell('a name must have 1 to 32 letters, digits, - and _.');
    if (!isMap(node)) {
      tell('must be a map with plugin and settings.');
      return undefined;
    }
    const inList = isSeq(this.document.get('plugins'));
    for (const { key } of node.items) {
      const member = isScalar(key) ? String(key.value) : '';
      if (MEMBERS.includes(member) || (inList && member === 'name')) continue;
      tell(`"${member}" is unknown. There are: ${MEMBERS.join(', ')}.`, key as Node);
    }
    const value = node.toJS(this.document) as Record<string, unknown>;
    const file = await this.pluginFile(value.plugin, (message) => tell(message, node.get('plugin', true)));
    const settings = this.mapOf(value.settings);
    if (settings === undefined) tell('"settings" must be a map.', node.get('settings', true) as Node);
    const environment = this.environmentOf(value.environment);
    if (environment === undefined)
      tell('"environment" must be a list of names of variables.', node.get('environment', true) as Node);
    const limits = this.limits(value.limits, (limit, message) =>
      tell(`limit "${limit}" ${message}`, this.keyIn(node.get('limits', true), limit)),
    );
    if (file === undefined || settings === undefined || environment === undefined || limits === undefined)
      return undefined;
    return {
      instance: name,
      pluginName: String(value.plugin),
      file,
      folder: this.folder,
      settings,
      limits,
      environment,
      lineOf: (setting) =>
        this.lineOf(this.keyIn(node.get('settings', true), setting) ?? this.keyIn(node, 'settings') ?? at),
    };
  }

  /** Absolute path of the plug-in's file. */
  private async pluginFile(value: unknown, tell: (message: string) => void): Promise<string | undefined> {
    if (typeof value !== 'string' || value === '') {
      tell('"plugin" must name a bundled plug-in, or a file.');
      return undefined;
    }
    if (!/[/\\]/.test(value) && extname(value) === '') {
      const bundled = bundledPlugin(value);
      if (bundled === undefined) {
        const names = bundledPlugins().join(', ') || 'none';
        tell(
          `there is no bundled plug-in "${value}" (there are: ${names}). A file of your own begins with ./`,
        );
      }
      return bundled;
    }
    const file = isAbsolute(value) ? value : join(this.folder, value);
    const problem = (await isFile(file)) ? cannotRun(file) : 'there is no such file';
    if (problem !== undefined) tell(`plug-in file ${value}: ${problem}.`);
    return problem === undefined ? file : undefined;
  }

  private limits(value: unknown, tell: (limit: string, message: string) => void): PluginLimits | undefined {
    const given = this.mapOf(value);
    if (given === undefined) {
      tell('limits', 'must be a map.');
      return undefined;
    }
    const { values, problems } = checkSettings(LIMITS_SCHEMA, given, { absolutePath: (path) => path });
    for (const { setting, message } of problems) tell(setting, message);
    return problems.length > 0 ? undefined : pluginLimits(values as SettingsValues<typeof LIMITS_SCHEMA>);
  }

  private mapOf(value: unknown): Record<string, unknown> | undefined {
    if (value === undefined || value === null) return {};
    return typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  }

  private environmentOf(value: unknown): string[] | undefined {
    if (value === undefined || value === null) return [];
    const isName = (one: unknown) => typeof one === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(one);
    return Array.isArray(value) && value.every(isName) ? (value as string[]) : undefined;
  }

  private keyIn(map: unknown, name: string | undefined): Node | undefined {
    if (!isMap(map)) return undefined;
    return map.items.find(({ key }) => isScalar(key) && key.value === name)?.key as Node | undefined;
  }

  private lineOf(node: Node | null | undefined): number {
    return node?.range ? this.lines.linePos(node.range[0]).line : 1;
  }

  private problem(node: Node | null | undefined, message: string): void {
    this.problems.push({ line: this.lineOf(node), message });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
