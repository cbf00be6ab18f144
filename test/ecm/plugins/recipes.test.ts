import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundledPlugins } from '../../../ecm/host/program-files.ts';
import type { PluginDefinition } from '../../../ecm/sdk/plugin.ts';
import type { SettingsValues } from '../../../ecm/sdk/settings.ts';
import { checkSettings } from '../../../ecm/sdk/settings-check.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Recipe {
  plugin: string;
  settings: Record<string, unknown>;
}

/** The instances in the first example of a page. */
function recipesIn(page: string): Recipe[] {
  const [, yaml = ''] = /```yaml\n(plugins:[\s\S]*?)```/.exec(page) ?? [];
  const { plugins } = parse(yaml) as { plugins: Record<string, Recipe> };
  return Object.values(plugins);
}

async function definitionOf(name: string): Promise<PluginDefinition> {
  const file = (await import(join(ROOT, `ecm/plugins/${name}/plugin.ts`))) as { plugin: PluginDefinition };
  return file.plugin;
}

/** As the host hands them over: secrets are read already. */
function problemsOf(definition: PluginDefinition, settings: Record<string, unknown>): string[] {
  const given = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      definition.settings[name]?.type === 'secret' ? { secret: 'read from elsewhere' } : value,
    ]),
  );
  const { values, problems } = checkSettings(definition.settings, given, { absolutePath: (path) => path });
  if (problems.length > 0) return problems.map(({ setting, message }) => `${setting}: ${message}`);
  const rules = definition.check?.(values as SettingsValues<typeof definition.settings>) ?? [];
  return rules.map(({ setting, message }) => `${setting}: ${message}`);
}

const page = readFileSync(join(ROOT, 'docs/ecm-bundled-plugins.md'), 'utf8');

describe('the page of the bundled plug-ins', () => {
  it('has a row and a recipe for each', () => {
    expect(
      recipesIn(page)
        .map(({ plugin }) => plugin)
        .sort(),
    ).toEqual(bundledPlugins());
    for (const name of bundledPlugins())
      expect(page).toContain(`| [\`${name}\`](../ecm/plugins/${name}/README.md) |`);
  });

  it.each(recipesIn(page))('has settings for $plugin that it takes', async ({ plugin, settings }) => {
    expect(problemsOf(await definitionOf(plugin), settings)).toEqual([]);
  });
});

describe.each(bundledPlugins())('the README of %s', (name) => {
  const readme = readFileSync(join(ROOT, `ecm/plugins/${name}/README.md`), 'utf8');

  it('has a recipe that works, names every setting, and says whether it has met the real thing', async () => {
    const definition = await definitionOf(name);
    expect(definition.name).toBe(name);
    const [recipe] = recipesIn(readme);
    expect(recipe?.plugin).toBe(name);
    expect(problemsOf(definition, recipe?.settings ?? {})).toEqual([]);
    const unnamed = Object.keys(definition.settings).filter((setting) => !readme.includes(`\`${setting}\``));
    expect(unnamed).toEqual([]);
    expect(readme).toMatch(/\*\*Met the real (server|program):\*\* (yes|no)\./);
  });
});
