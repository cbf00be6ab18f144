import type { Me } from './signed-in.tsx';

/** Each opens a page of the administration. */
const ADMINISTRATIVE: ReadonlySet<string> = new Set([
  'perm_set_passwords',
  'perm_edit_jump_groups',
  'perm_admin_pushagents',
  'perm_edit_sd_teams',
  'perm_edit_issues',
  'perm_edit_skills',
  'perm_edit_canned_scripts',
  'perm_edit_messages',
  'perm_edit_custom_rep_links',
  'perm_edit_public_template',
  'perm_vault',
]);

/** Whether there is anything in the administration for this person. */
export function mayAdminister(me: Me): boolean {
  return me.perm_admin || me.rights.some((right) => ADMINISTRATIVE.has(right));
}

/** Whether this person may administer the vault. */
export function mayConfigureVault(me: Me): boolean {
  return me.perm_admin || me.rights.includes('perm_vault');
}
