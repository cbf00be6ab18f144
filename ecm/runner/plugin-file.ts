import { pathToFileURL } from 'node:url';
import { type PluginDefinition, PluginError } from '../sdk/plugin.ts';
import { schemaProblems } from '../sdk/settings-check.ts';

/** Imports a plug-in's file. Fails with `PluginError` `misconfigured` when it exports no plug-in. */
export async function loadDefinition(file: string): Promise<PluginDefinition> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const exported = [module.default, module.plugin, (module.default as Record<string, unknown>)?.plugin].find(
    isDefinition,
  );
  if (exported === undefined)
    throw new PluginError(
      'misconfigured',
      'The file exports no plug-in: export the result of definePlugin as default, or as "plugin".',
    );
  const problems = definitionProblems(exported);
  if (problems.length > 0)
    throw new PluginError('misconfigured', `This is no plug-in: ${problems.join('; ')}`);
  return exported;
}

function isDefinition(value: unknown): value is PluginDefinition {
  return (
    typeof value === 'object' && value !== null && typeof (value as PluginDefinition).create === 'function'
  );
}

function definitionProblems({ name, version, description, settings, check }: PluginDefinition): string[] {
  return [
    /^[A-Za-z0-9_-]{1,64}$/.test(name) ? '' : 'its name must have 1 to 64 letters, digits, - and _',
    /^[\x21-\x7e]{1,32}$/.test(version) ? '' : 'its version must have 1 to 32 characters without spaces',
    typeof description === 'string' && description.length <= 500
      ? ''
      : 'its description must be a text of at most 500 characters',
    ...schemaProblems(settings),
    check === undefined || typeof check === 'function' ? '' : 'check must be a function',
  ].filter((problem) => problem !== '');
}
