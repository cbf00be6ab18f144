import { client, ok, type Schema } from './api.ts';
import { useLoaded } from './use-loaded.ts';

/** One entry of the catalogue that the API publishes. */
export type SessionPermission = Schema<'SessionPermission'>;
export type PermissionValue = string | number | string[];

const SECTION_TITLES: Record<string, string> = {
  prompting: 'Asking the customer',
  screen_sharing: 'Screen sharing',
  elevation: 'Elevation',
  file_transfer: 'File transfer',
  command_shell: 'Command shell',
  system_information: 'System information',
  registry: 'Registry',
  chat: 'Chat',
  jump_clients: 'Jump Clients',
  canned_scripts: 'Canned scripts',
  credentials: 'Credentials',
  collaboration: 'Collaboration',
  session_end: 'End of the session',
  recording: 'Recording',
};

const WORDS: Record<string, string> = {
  prompt: 'Ask',
  no_prompt: 'Do not ask',
  once: 'Once in a session',
  both: 'Both ways',
  view_and_control: 'View and control',
  view_and_act: 'View and act',
  view_and_edit: 'View and edit',
};

export function sectionTitle(section: string): string {
  return SECTION_TITLES[section] ?? inWords(section);
}

/** A value of a permission in words. */
export function permissionInWords(permission: SessionPermission | undefined, value: unknown): string {
  if (value === null || value === undefined) return 'Not defined';
  if (Array.isArray(value)) return value.length === 0 ? 'No limit' : value.map(String).join(', ');
  if (permission?.form === 'seconds') return `${String(value)} s`;
  return choiceInWords(String(value));
}

export function choiceInWords(value: string): string {
  return WORDS[value] ?? inWords(value);
}

/** Allowed or denied and nothing else. */
export function isAllowDeny({ form, values }: SessionPermission): boolean {
  return form === 'choice' && values?.join() === 'deny,allow';
}

/** Sections in the order of the catalogue. */
export function bySection(
  catalogue: SessionPermission[],
): { section: string; permissions: SessionPermission[] }[] {
  const names = [...new Set(catalogue.map(({ section }) => section))];
  return names.map((section) => ({
    section,
    permissions: catalogue.filter((permission) => permission.section === section),
  }));
}

export function useSessionPermissions() {
  return useLoaded('session permissions', (signal) => ok(client.GET('/session-permission', { signal })));
}

function inWords(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
