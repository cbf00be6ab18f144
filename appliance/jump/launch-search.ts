import type { JumpItemKind } from './jump-item.ts';
import type { JumpItemSearchQuery, SearchField } from './jump-item-search.ts';
import type { LaunchCommand, LaunchJumpMethod } from './launch-command.ts';

/** A jump method of scripts and links, and the kinds of saved Jump Items it stands for. */
const KINDS_OF: Record<LaunchJumpMethod, readonly JumpItemKind[]> = {
  push: ['remote_jump'],
  local_push: ['local_jump'],
  // Jump Clients, of which there are none yet.
  pinned: [],
  rdp: ['remote_rdp', 'local_rdp'],
  vnc: ['remote_vnc', 'local_vnc'],
  shelljump: ['shell_jump'],
};

/** What a general criterion looks into: what a person knows a machine by, not states and dates. */
const SEARCHED: readonly SearchField[] = [
  'name',
  'hostname',
  'fqdn',
  'group',
  'tag',
  'comments',
  'console_user',
  'domain',
  'workgroup',
  'private_ip',
  'public_ip',
];

const FIELD_OF = {
  'client.comments': 'comments',
  'client.hostname': 'hostname',
  'client.tag': 'tag',
} as const;

/** Only Jump Clients have these, so no saved item of another kind can match them. */
const JUMP_CLIENTS_ONLY = ['client.private_ip', 'client.public_ip'];

/**
 * The search a command stands for, all criteria joined by "and"; undefined when nothing can match it. `associationId`:
 * that of the credential the command names.
 */
export function launchSearch(
  { parameters }: LaunchCommand,
  associationId?: number,
): JumpItemSearchQuery | undefined {
  if (JUMP_CLIENTS_ONLY.some((name) => name in parameters)) return undefined;
  const method = parameters['jump.method']?.toLowerCase() as LaunchJumpMethod | undefined;
  const kinds = method === undefined ? undefined : KINDS_OF[method];
  if (kinds?.length === 0) return undefined;
  return {
    // Every word counts, however many: a link must not find more than it names.
    words: (parameters.search_string ?? '').split(/\s+/).filter((word) => word !== ''),
    fields: SEARCHED,
    containing: Object.entries(FIELD_OF).flatMap(([name, field]) => {
      const text = parameters[name];
      return text === undefined ? [] : [{ field, text }];
    }),
    kinds,
    associationId,
    sort: 'name',
    order: 'asc',
  };
}
