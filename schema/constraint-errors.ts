import { ApplianceError } from '../appliance/errors.ts';

/** What a caller reads when a named constraint refuses a change: the field at fault (wire name) and a sentence. */
interface Refusal {
  code: 'invalid' | 'conflict';
  field: string;
  sentence: string;
}

const taken = (field: string, noun: string): Refusal => ({
  code: 'conflict',
  field,
  sentence: `Another ${noun} already uses this ${field.replaceAll('_', ' ')}.`,
});
const missing = (field: string, noun: string): Refusal => ({
  code: 'invalid',
  field,
  sentence: `There is no ${noun} with this id.`,
});

const unavailable = (field: string, whom: string): Refusal => ({
  code: 'invalid',
  field,
  sentence: `This session policy is not available to ${whom}.`,
});

/** One row per constraint that a caller's input can break. Lengths and ranges are caught by the contract before. */
const REFUSALS: Record<string, Refusal> = {
  session_policy_display_name_is_unique: taken('display_name', 'session policy'),
  session_policy_code_name_is_unique: taken('code_name', 'session policy'),
  app_user_attended_session_policy_id_available: unavailable('attended_session_policy', 'users'),
  app_user_unattended_session_policy_id_available: unavailable('unattended_session_policy', 'users'),
  group_policy_attended_session_policy_id_available: unavailable('attended_session_policy', 'users'),
  group_policy_unattended_session_policy_id_available: unavailable('unattended_session_policy', 'users'),
  jump_item_session_policy_id_available: unavailable('session_policy_id', 'Jump Items'),
  jump_item_attended_session_policy_id_available: unavailable('attended_session_policy_id', 'Jump Items'),
  jump_client_installer_session_policy_id_available: unavailable(
    'unattended_session_policy_id',
    'Jump Items',
  ),
  jump_client_installer_attended_session_policy_id_available: unavailable(
    'attended_session_policy_id',
    'Jump Items',
  ),
  public_portal_session_policy_id_available: unavailable('session_policy_id', 'public portals'),
  public_portal_session_policy_exists: missing('session_policy_id', 'session policy'),
  public_portal_name_is_unique: taken('name', 'public portal'),
  public_portal_code_name_is_unique: taken('code_name', 'public portal'),
  public_portal_address_is_unique: {
    code: 'conflict',
    field: 'addresses',
    sentence: 'Another public portal already has one of these addresses.',
  },
  user_passkey_name_is_unique: {
    code: 'conflict',
    field: 'name',
    sentence: 'Another of your passkeys has this name.',
  },
  user_passkey_credential_is_unique: {
    code: 'conflict',
    field: 'passkey',
    sentence: 'This authenticator is registered already.',
  },
  jump_item_role_name_is_unique: taken('name', 'Jump Item Role'),
  directory_sync_is_one_at_a_time: {
    code: 'conflict',
    field: 'id',
    sentence: 'A synchronisation of this provider is under way. Wait for it, or cancel it.',
  },
  security_provider_name_is_unique: taken('name', 'security provider'),
  security_provider_default_policy_exists: missing('default_policy', 'group policy'),
  jump_group_name_is_unique: taken('name', 'Jump Group'),
  jump_group_code_name_is_unique: taken('code_name', 'Jump Group'),
  jump_group_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user is already in the Jump Group.',
  },
  jump_group_user_exists: missing('user_id', 'user'),
  jump_group_user_role_exists: missing('jump_item_role_id', 'Jump Item Role'),
  jumpoint_name_is_unique: taken('name', 'Jumpoint'),
  jumpoint_code_name_is_unique: taken('code_name', 'Jumpoint'),
  jumpoint_external_jump_item_network_id_is_unique: taken('external_jump_item_network_id', 'Jumpoint'),
  jumpoint_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user may already use the Jumpoint.',
  },
  jumpoint_user_exists: missing('user_id', 'user'),
  jump_policy_display_name_is_unique: taken('display_name', 'Jump Policy'),
  jump_policy_code_name_is_unique: taken('code_name', 'Jump Policy'),
  scim_user_name_is_unique: taken('userName', 'person of this directory'),
  scim_user_external_id_is_unique: taken('externalId', 'person of this directory'),
  user_external_id_is_unique: {
    code: 'conflict',
    field: 'externalId',
    sentence: 'Another person of this directory already has this unique id.',
  },
  scim_group_external_id_is_unique: taken('externalId', 'group of this directory'),
  scim_group_name_is_unique: {
    code: 'conflict',
    field: 'displayName',
    sentence:
      'Another group of this directory already has this name. Group policies know groups by it (see the setting scim_group_query_id).',
  },
  user_username_is_unique: taken('username', 'user'),
  user_default_jump_item_role_exists: missing('default_jump_item_role_id', 'Jump Item Role'),
  user_private_jump_item_role_exists: missing('private_jump_item_role_id', 'Jump Item Role'),
  user_inferior_jump_item_role_exists: missing('inferior_jump_item_role_id', 'Jump Item Role'),
  user_unassigned_jump_item_role_exists: missing('unassigned_jump_item_role_id', 'Jump Item Role'),
  user_attended_session_policy_exists: missing('attended_session_policy', 'session policy'),
  user_unattended_session_policy_exists: missing('unattended_session_policy', 'session policy'),
  api_account_name_is_unique: taken('name', 'API account'),
  api_account_client_id_is_unique: taken('client_id', 'API account'),
  custom_session_attribute_code_name_is_unique: taken('code_name', 'custom session attribute'),
  jump_item_jump_group_exists: missing('jump_group_id', 'Jump Group'),
  jump_item_owner_exists: missing('jump_group_id', 'user'),
  jump_item_jumpoint_exists: missing('jumpoint_id', 'Jumpoint'),
  jump_item_jump_policy_exists: missing('jump_policy_id', 'Jump Policy'),
  jump_item_session_policy_exists: missing('session_policy_id', 'session policy'),
  jump_item_attended_session_policy_exists: missing('attended_session_policy_id', 'session policy'),
  jump_item_public_portal_exists: missing('public_portal_id', 'public portal'),
  jump_item_external_id_is_unique: taken('external_id', 'Jump Item'),
  team_name_is_unique: taken('name', 'team'),
  team_code_name_is_unique: taken('code_name', 'team'),
  team_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user is already in the team.',
  },
  team_user_exists: missing('user_id', 'user'),
  team_public_portal_exists: missing('public_portal_ids', 'public portal'),
  vault_account_group_exists: missing('account_group_id', 'vault account group'),
  vault_account_endpoint_exists: missing('endpoint_id', 'vault endpoint'),
  vault_account_user_exists: missing('user_id', 'user'),
  vault_account_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user already has a role on the vault account.',
  },
  rep_status_name_is_unique: taken('name', 'representative status'),
  rep_status_code_name_is_unique: taken('code_name', 'representative status'),
  skill_name_is_unique: taken('name', 'skill'),
  skill_code_name_is_unique: taken('code_name', 'skill'),
  skill_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user already has the skill.',
  },
  skill_user_exists: missing('user_id', 'user'),
  issue_name_is_unique: taken('name', 'issue'),
  issue_code_name_is_unique: taken('code_name', 'issue'),
  issue_skill_exists: missing('skill_ids', 'skill'),
  issue_team_exists: missing('team_ids', 'team'),
  canned_script_name_is_unique: taken('name', 'canned script'),
  canned_script_code_name_is_unique: taken('code_name', 'canned script'),
  canned_script_team_exists: missing('team_ids', 'team'),
  canned_message_code_name_is_unique: taken('code_name', 'canned message'),
  canned_message_team_exists: missing('team_ids', 'team'),
  custom_rep_link_name_is_unique: taken('name', 'custom link'),
  custom_rep_link_code_name_is_unique: taken('code_name', 'custom link'),
  endpoint_automation_script_resource_exists: missing('resource_ids', 'resource'),
  endpoint_automation_job_resource_exists: missing('payload.resource_ids', 'resource'),
  group_policy_name_is_unique: taken('name', 'group policy'),
  group_policy_default_jump_item_role_exists: missing('default_jump_item_role_id', 'Jump Item Role'),
  group_policy_private_jump_item_role_exists: missing('private_jump_item_role_id', 'Jump Item Role'),
  group_policy_inferior_jump_item_role_exists: missing('inferior_jump_item_role_id', 'Jump Item Role'),
  group_policy_unassigned_jump_item_role_exists: missing('unassigned_jump_item_role_id', 'Jump Item Role'),
  group_policy_attended_session_policy_exists: missing('attended_session_policy', 'session policy'),
  group_policy_unattended_session_policy_exists: missing('unattended_session_policy', 'session policy'),
  group_policy_member_user_exists: missing('user_id', 'user'),
  group_policy_member_provider_exists: missing('security_provider_id', 'security provider'),
  group_policy_member_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user is already a member of the group policy.',
  },
  group_policy_member_directory_name_is_unique: {
    code: 'conflict',
    field: 'distinguished_name',
    sentence: 'This name of the directory is already a member of the group policy.',
  },
  group_policy_jump_group_exists: missing('jump_group_id', 'Jump Group'),
  group_policy_jump_group_role_exists: missing('jump_item_role_id', 'Jump Item Role'),
  group_policy_jump_group_is_unique: {
    code: 'conflict',
    field: 'jump_group_id',
    sentence: 'The group policy already speaks of this Jump Group.',
  },
  group_policy_jumpoint_exists: missing('jumpoint_id', 'Jumpoint'),
  group_policy_jumpoint_is_unique: {
    code: 'conflict',
    field: 'jumpoint_id',
    sentence: 'The group policy already speaks of this Jumpoint.',
  },
  vault_account_group_name_is_unique: taken('name', 'vault account group'),
  vault_account_group_policy_exists: {
    code: 'invalid',
    field: 'account_policy',
    sentence: 'There is no vault account policy with this code name.',
  },
  vault_account_group_user_exists: missing('user_id', 'user'),
  vault_account_group_user_is_unique: {
    code: 'conflict',
    field: 'user_id',
    sentence: 'This user may already use the accounts of this group.',
  },
  vault_account_policy_name_is_unique: taken('name', 'vault account policy'),
  vault_account_policy_code_name_is_unique: taken('code_name', 'vault account policy'),
  vault_account_code_name_is_unique: taken('code_name', 'vault account'),
  vault_endpoint_name_is_unique: taken('name', 'vault endpoint'),
  vault_endpoint_jumpoint_exists: missing('jumpoint_id', 'Jumpoint'),
  vault_association_jump_group_exists: missing('criteria.shared_jump_groups', 'Jump Group'),
  vault_association_jump_item_exists: missing('jump_items', 'Jump Item'),
  group_policy_vault_account_exists: missing('account_id', 'vault account'),
  group_policy_vault_account_is_unique: {
    code: 'conflict',
    field: 'account_id',
    sentence: 'The group policy already speaks of this vault account.',
  },
  group_policy_vault_account_group_exists: missing('account_group_id', 'vault account group'),
  group_policy_vault_account_group_is_unique: {
    code: 'conflict',
    field: 'account_group_id',
    sentence: 'The group policy already speaks of this vault account group.',
  },
  group_policy_team_exists: missing('team_id', 'team'),
  group_policy_team_is_unique: {
    code: 'conflict',
    field: 'team_id',
    sentence: 'The group policy already speaks of this team.',
  },
  jump_client_installer_jump_group_exists: missing('jump_group_id', 'Jump Group'),
  jump_client_installer_owner_exists: missing('jump_group_id', 'user'),
  jump_client_installer_jump_policy_exists: missing('jump_policy_id', 'Jump Policy'),
  jump_client_installer_session_policy_exists: missing('unattended_session_policy_id', 'session policy'),
  jump_client_installer_attended_session_policy_exists: missing(
    'attended_session_policy_id',
    'session policy',
  ),
};

const UNAVAILABLE =
  /^(08|57P0|53300)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|CONNECT_TIMEOUT|CONNECTION_)/;

/** A database error in the words of the appliance; anything unknown is returned as it is and becomes an opaque 500. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ApplianceError) return error;
  const { code, constraint_name: constraint } = error as Error & { code?: string; constraint_name?: string };
  const refusal = constraint === undefined ? undefined : REFUSALS[constraint];
  if (refusal !== undefined) {
    return new ApplianceError(refusal.code, refusal.sentence, {
      fields: { [refusal.field]: [refusal.sentence] },
      cause: error,
    });
  }
  if (code === '23503') {
    return new ApplianceError('conflict', 'This object is still in use elsewhere.', { cause: error });
  }
  if (code !== undefined && UNAVAILABLE.test(code)) {
    return new ApplianceError('unavailable', 'The database cannot be reached right now.', { cause: error });
  }
  return error;
}
