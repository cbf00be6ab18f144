import type { Schema } from '../shared/api.ts';

type AuditObject = Schema<'AuditObject'>;

/** Where things of a kind are edited. With `one`, each has a page of its own. */
const PLACES: Record<string, { path: string; one?: true }> = {
  api_account: { path: '/api-accounts' },
  canned_message: { path: '/canned-messages' },
  canned_script: { path: '/canned-scripts' },
  configuration: { path: '/audit' },
  custom_rep_link: { path: '/custom-rep-links' },
  custom_session_attribute: { path: '/custom-attributes' },
  group_policy: { path: '/group-policies', one: true },
  group_policy_order: { path: '/group-policies' },
  import_job: { path: '/import', one: true },
  issue: { path: '/issues' },
  jump_client_installer: { path: '/jump-items' },
  jump_group: { path: '/jump-groups' },
  jump_item: { path: '/jump-items' },
  jump_item_role: { path: '/jump-item-roles' },
  jump_policy: { path: '/jump-policies' },
  jumpoint: { path: '/jumpoints' },
  jumpoint_node: { path: '/jumpoints' },
  public_portal: { path: '/public-portals' },
  rep_status: { path: '/rep-statuses' },
  security_provider: { path: '/security-providers' },
  session: { path: '/sessions' },
  session_policy: { path: '/session-policies', one: true },
  site_setting: { path: '/settings' },
  skill: { path: '/skills' },
  team: { path: '/teams' },
  user: { path: '/users', one: true },
};

const GLOBAL_SESSION_POLICY_ID = '1';

/** Kinds of object that audit rows tell of. */
export const OBJECT_TYPES = Object.keys(PLACES).map((value) => ({ value, label: kindInWords(value) }));

/** The page of an object, or the list where it stands. */
export function placeOf({ type, id }: AuditObject): string | undefined {
  const place = PLACES[type];
  if (place === undefined) return undefined;
  if (type === 'session_policy' && String(id) === GLOBAL_SESSION_POLICY_ID) return '/session-policies/global';
  return place.one && String(id) !== '' ? `${place.path}/${id}` : place.path;
}

/** `Jump policy: schedule changed`. */
export function eventInWords(type: string): string {
  const [kind = '', verb = ''] = type.split('.');
  return `${kindInWords(kind)}: ${verb.replaceAll('_', ' ')}`;
}

/** `Jump policy Working hours`. */
export function objectInWords({ type, id, name }: AuditObject): string {
  return [type === '' ? '' : kindInWords(type), name || String(id)].filter((part) => part !== '').join(' ');
}

function kindInWords(type: string): string {
  const words = type
    .replaceAll('_', ' ')
    .replace(/\bapi\b/, 'API')
    .replace(/^jump /, 'Jump ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
