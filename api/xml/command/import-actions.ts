import type { Actor } from '../../../appliance/actor.ts';
import { xml } from '../xml-renderer.ts';
import type { XmlParameters } from '../xml-request.ts';
import type { CommandAction } from './command-action.ts';

/**
 * Imports one Jump Item from parameters named as in an import file. Fails with `invalid` and a sentence that names
 * every parameter at fault, and with `forbidden`.
 */
export type ImportOne = (
  actor: Actor,
  parameters: XmlParameters,
) => Promise<{ created: boolean; name: string }>;

/** `import_jump_shortcut`, also under the plural name that one page of its documentation uses. */
export function importActions(importOne: ImportOne): Record<string, CommandAction> {
  const action: CommandAction = {
    level: 'full_access',
    async run({ actor, parameters }) {
      const item = new Map([...parameters].filter(([name]) => name !== 'action'));
      const { created, name } = await importOne(actor, item);
      return xml(
        'success',
        `The Jump Item "${name}" was ${created ? 'imported' : 'already there and is up to date'}.`,
      );
    },
  };
  return { import_jump_shortcut: action, import_jump_shortcuts: action };
}
