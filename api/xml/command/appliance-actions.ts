import { type Actor, API_PERMISSIONS, type ApiPermission } from '../../../appliance/actor.ts';
import type { Clock } from '../../../appliance/clock.ts';
import { offsetSeconds } from '../../../appliance/site-calendar.ts';
import { xml } from '../xml-renderer.ts';
import type { XmlSite } from '../xml-site.ts';
import { type CommandAction, commandLevelOf } from './command-action.ts';

/** The published version whose actions and answers these are. */
const API_VERSION = '1.24.1';

/** Permissions in the order they have always been listed in; newer ones follow. */
const PERMISSION_ORDER = [
  'perm_reporting_support',
  'perm_reporting_presentation',
  'perm_reporting_license',
  'perm_reporting_archive',
  'perm_real_time_state',
  'perm_ecm',
  'perm_backup',
  'perm_scim',
  'perm_configuration',
  'perm_configuration_vault_account',
  'perm_configuration_security',
  'perm_reporting_vault',
  'perm_vault_backup',
  'perm_reporting_jump_item',
  'perm_reporting_syslog',
] as const;

/** Actions about the appliance and the account itself. */
export function applianceActions(site: XmlSite, clock: Clock): Record<string, CommandAction> {
  const hostname = new URL(site.publicUrl).hostname;
  return {
    check_health: {
      level: 'read_only',
      async run() {
        const problem = await site.problem();
        return xml('health_check', [
          xml('appliance', { id: site.applianceGuid }, hostname),
          xml('version', site.productVersion),
          xml('success', problem === undefined ? 1 : 0),
          ...(problem === undefined ? [] : [xml('error_message', problem)]),
          xml('failover_role', 'none'),
        ]);
      },
    },

    get_api_info: {
      level: 'read_only',
      run: ({ actor }) =>
        xml('api_information', [
          xml('api_version', API_VERSION),
          xml('company_name', site.settings.current().company_name),
          xml('timestamp', Math.floor(clock.now().getTime() / 1000)),
          xml('permissions', [
            xml('permission', { name: 'perm_command' }, commandLevelOf(actor)),
            ...PERMISSION_ORDER.map((name) => xml('permission', { name }, holds(actor, name) ? 1 : 0)),
          ]),
        ]),
    },

    get_appliances: {
      level: 'read_only',
      run: () =>
        xml('appliances', [
          xml('appliance', { id: site.applianceGuid }, [
            xml('name', hostname),
            xml('public_hostname', hostname),
            // Several processes share one database and are one appliance to the outside.
            xml('cluster_role', 'single'),
            xml('failover_role', 'none'),
            xml('accepting_connections', 1),
            xml('timezone_offset', offsetSeconds(clock.now(), site.settings.current().time_zone)),
          ]),
        ]),
    },
  };
}

/** An administrator who calls the older way holds every permission there is. */
function holds(actor: Actor, name: (typeof PERMISSION_ORDER)[number]): boolean {
  const permission = API_PERMISSIONS.find((known): known is ApiPermission => known === name);
  if (permission === undefined) return false;
  return actor.kind === 'api_account' ? actor.permissions.has(permission) : true;
}
