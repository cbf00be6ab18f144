import { ApplianceError, type FieldErrors } from '../../../appliance/errors.ts';

/**
 * Fields that Jump Policies of the other product with this contract have: notices by mail, approvals, external tools,
 * switched-off recordings. Clients send their defaults unasked, so those are taken; anything else would be a
 * restriction or a notice that nobody keeps, and is refused.
 */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  external_tools_rdp_allowed: true,
  external_tools_shell_allowed: true,
  session_start_notification: false,
  session_end_notification: false,
  notification_email_addresses: [],
  notification_display_name: '',
  notification_email_language: 'en-us',
  approval_required: false,
  approval_max_duration: 480,
  approval_scope: 'requestor',
  approval_email_addresses: [],
  approval_user_ids: [],
  approval_team_ids: [],
  approval_display_name: '',
  approval_email_language: 'en-us',
  approval_approver_scope: 'not_requestor',
  recordings_disabled: false,
};

/** Fails with `invalid` naming every such field that does not have its default. */
export function refuseFieldsNotOffered(body: object): void {
  const errors: FieldErrors = {};
  for (const [name, value] of Object.entries(body)) {
    const expected = DEFAULTS[name];
    if (expected === undefined || JSON.stringify(value) === JSON.stringify(expected)) continue;
    errors[name] = [`This site does not offer ${name}; only ${JSON.stringify(expected)} can be given.`];
  }
  const sentences = Object.values(errors).flat();
  if (sentences.length > 0) throw new ApplianceError('invalid', sentences.join(' '), { fields: errors });
}
