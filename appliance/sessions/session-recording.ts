import type { SupportSession } from './support-session.ts';

/** Whether terminals of the session are recorded: the site may demand it of every one, whatever session policies say. */
export function recordsShells(
  { permissions }: Pick<SupportSession, 'permissions'>,
  site: { recording_required: boolean },
): boolean {
  return site.recording_required || permissions.record_command_shell !== 'do_not_record';
}
