import { ApplianceError } from '../../../appliance/errors.ts';
import type { ImportService } from '../../../appliance/jump/import/import-service.ts';
import { xml } from '../xml-renderer.ts';
import type { CommandAction } from './command-action.ts';

const SAID = {
  created: 'The Jump Item was imported.',
  updated: 'The Jump Item was already there and has been updated.',
  unchanged: 'The Jump Item was already there and is up to date.',
} as const;

/** `import_jump_shortcut`, also under the plural name that one page of its documentation uses. */
export function importActions(imports: Pick<ImportService, 'importOne'>): Record<string, CommandAction> {
  const action: CommandAction = {
    level: 'full_access',
    async run({ actor, parameters }) {
      const row = [...parameters].filter(([name]) => !NOT_OF_THE_ITEM.has(name));
      const result = await imports.importOne(actor, Object.fromEntries(row));
      if (result.outcome === 'refused') {
        const reasons = result.problems.map(({ column, reason }) =>
          column ? `${column}: ${reason}` : reason,
        );
        throw new ApplianceError('invalid', reasons.join(' '));
      }
      return xml('success', SAID[result.outcome]);
    },
  };
  return { import_jump_shortcut: action, import_jump_shortcuts: action };
}

/** The rest of what a call carries; the last two only ever come with the older way of signing in. */
const NOT_OF_THE_ITEM = new Set(['action', 'username', 'password']);
