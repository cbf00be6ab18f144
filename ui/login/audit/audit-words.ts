import type { Schema } from '../../shared/api.ts';

type AuditObject = Schema<'AuditObject'>;

/** Where things of a kind are edited. With `one`, each has a page of its own or can be opened in the list. */
const PLACES: Record<string, { path: string; one?: 'page' | 'opened' }> = {
  api_account: { path: '/api-accounts', one: 'opened' },
  canned_message: { path: '/canned-messages', one: 'opened' },
  canned_script: { path: '/canned-scripts', one: 'opened' },
  configuration: { path: '/audit' },
  custom_rep_link: { path: '/custom-rep-links', one: 'opened' },
  custom_session_attribute: { path: '/custom-attributes', one: 'opened' },
  ecm_host: { path: '/status/information' },
  group_policy: { path: '/group-policies', one: 'page' },
  group_policy_order: { path: '/group-policies' },
  import_job: { path: '/import', one: 'page' },
  issue: { path: '/issues', one: 'opened' },
  jump_client_installer: { path: '/jump-items' },
  jump_group: { path: '/jump-groups', one: 'opened' },
  jump_item: { path: '/jump-items' },
  jump_item_role: { path: '/jump-item-roles', one: 'opened' },
  jump_policy: { path: '/jump-policies', one: 'opened' },
  jumpoint: { path: '/jumpoints', one: 'opened' },
  jumpoint_node: { path: '/jumpoints' },
  public_portal: { path: '/public-portals', one: 'opened' },
  rep_invitation: { path: '/audit' },
  rep_status: { path: '/rep-statuses', one: 'opened' },
  scim_group: { path: '/security-providers' },
  security_provider: { path: '/security-providers', one: 'page' },
  session: { path: '/sessions' },
  session_policy: { path: '/session-policies', one: 'page' },
  site_setting: { path: '/settings' },
  skill: { path: '/skills', one: 'opened' },
  team: { path: '/teams', one: 'opened' },
  user: { path: '/users', one: 'page' },
  vault_account: { path: '/vault/accounts', one: 'page' },
  vault_account_group: { path: '/vault/account-groups', one: 'page' },
  vault_account_policy: { path: '/vault/account-policies', one: 'opened' },
  vault_endpoint: { path: '/vault/endpoints', one: 'opened' },
  vault_key: { path: '/audit' },
};

const GLOBAL_SESSION_POLICY_ID = '1';

/** Kinds of object that audit rows tell of. */
export const OBJECT_TYPES = Object.keys(PLACES).map((value) => ({ value, label: kindInWords(value) }));

/** The page of an object, or the list where it stands. */
export function placeOf({ type, id }: AuditObject): string | undefined {
  const place = PLACES[type];
  if (place === undefined) return undefined;
  if (type === 'session_policy' && String(id) === GLOBAL_SESSION_POLICY_ID) return '/session-policies/global';
  if (place.one === undefined || String(id) === '') return place.path;
  return place.one === 'page' ? `${place.path}/${id}` : `${place.path}?open=${id}`;
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
    .replace(/\becm\b/, 'ECM')
    .replace(/^jump /, 'Jump ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
