import type { Actor } from '../../../appliance/actor.ts';
import type { Clock } from '../../../appliance/clock.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import type { ImportService } from '../../../appliance/jump/import/import-service.ts';
import type { XmlApi } from '../xml-api.ts';
import type { XmlElement } from '../xml-renderer.ts';
import type { XmlParameters } from '../xml-request.ts';
import type { XmlSite } from '../xml-site.ts';
import { applianceActions } from './appliance-actions.ts';
import { type CommandAction, requireCommandLevel } from './command-action.ts';
import { importActions } from './import-actions.ts';
import { type CommandSessions, sessionActions } from './session-actions.ts';

export interface CommandServices {
  site: XmlSite;
  clock: Clock;
  sessions: CommandSessions;
  imports: Pick<ImportService, 'importOne'>;
}

/** Known by name, so that a caller learns the difference between a misspelling and what does not exist here yet. */
const NOT_OFFERED_YET = new Set([
  'create_virtual_customer',
  'generate_session_key',
  'get_connected_client_list',
  'get_connected_clients',
  'get_logged_in_reps',
  'get_support_teams',
  'join_session',
  'leave_session',
  'logout_rep',
  'send_chat_message',
  'set_failover_role',
  'set_rep_status',
  'transfer_session',
]);

/** The command API: `/api/command`, one action per call. */
export function commandApi(services: CommandServices): XmlApi {
  const actions = commandActions(services);
  return {
    path: '/api/command',
    access: 'api-account',
    namespace: () => services.site.settings.current().xml_namespace_command,
    answer: ({ actor, parameters }) => runAction(actions, actor, parameters),
  };
}

/** Every action by its name. */
export function commandActions(services: CommandServices): ReadonlyMap<string, CommandAction> {
  return new Map<string, CommandAction>(
    Object.entries({
      ...applianceActions(services.site, services.clock),
      ...sessionActions(services.sessions),
      ...importActions(services.imports),
    }),
  );
}

async function runAction(
  actions: ReadonlyMap<string, CommandAction>,
  actor: Actor,
  parameters: XmlParameters,
): Promise<XmlElement> {
  const name = parameters.get('action') ?? '';
  const action = actions.get(name);
  if (action === undefined) {
    requireCommandLevel(actor, 'read_only');
    throw new ApplianceError('invalid', whyNot(name));
  }
  requireCommandLevel(actor, action.level);
  return action.run({ actor, parameters });
}

function whyNot(name: string): string {
  if (name === '') return 'The parameter action is missing.';
  if (NOT_OFFERED_YET.has(name)) return `The action ${name} is not offered by this appliance yet.`;
  return `There is no action "${name.slice(0, 64)}".`;
}
