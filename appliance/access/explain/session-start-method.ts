import { invalidField } from '../../errors.ts';
import { EVERY_JUMP_ITEM_KIND, type JumpItemKind } from '../../jump/jump-item.ts';
import { KINDS } from '../../jump/jump-item-kinds.ts';
import type { SessionStartKind } from '../session-permission-rules.ts';

/** How a session may begin, as questions name it. */
export const SESSION_START_METHODS = [
  'portal',
  'session_key',
  'support_button',
  'jump_client',
  'jumpoint',
  'local_jump',
] as const;
export type SessionStartMethod = (typeof SESSION_START_METHODS)[number];

/** What a session that begins this way is, and the kinds of item it may be a jump to. */
export const BEGINNINGS: Record<
  SessionStartMethod,
  { start: SessionStartKind; kinds: readonly JumpItemKind[] }
> = {
  portal: { start: 'attended', kinds: [] },
  session_key: { start: 'attended', kinds: [] },
  support_button: { start: 'attended', kinds: [] },
  jump_client: { start: 'unattended', kinds: ['jump_client'] },
  jumpoint: {
    start: 'unattended',
    kinds: EVERY_JUMP_ITEM_KIND.filter((kind) => kind !== 'jump_client' && !kind.startsWith('local_')),
  },
  local_jump: {
    start: 'unattended',
    kinds: EVERY_JUMP_ITEM_KIND.filter((kind) => kind.startsWith('local_')),
  },
};

/** Fails with `invalid` when a session with an item of this kind does not begin that way. */
export function requireBeginning(method: SessionStartMethod, kind: JumpItemKind, field: string): void {
  if (BEGINNINGS[method].kinds.includes(kind)) return;
  throw invalidField(
    field,
    `A session with ${KINDS[kind].label} does not begin with ${method.replaceAll('_', ' ')}.`,
  );
}
