import type { Schema } from '../../shared/api.ts';
import { momentOf } from '../../shared/time.tsx';
import type { AccessAction } from './words.ts';

/** A change that nobody has saved. */
export type Change = Schema<'AccessChange'>;

/** What is asked; it stands in the address, so that a link shows the same answer. */
export interface Question {
  user: number;
  action: AccessAction;
  about: { kind: 'jump_item' | 'jump_group'; id: number };
  /** Of `move` and `copy`: a Jump Group. */
  destination: number | undefined;
  /** Local date and time as typed; undefined is now. */
  at: string | undefined;
  present: boolean;
  override: boolean;
  ticket: string;
  changes: Change[];
}

/** Undefined while the address does not name who and what. */
export function questionIn(address: URLSearchParams): Question | undefined {
  const number = (name: string) => {
    const value = Number(address.get(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const [user, item, group] = [number('user'), number('item'), number('group')];
  if (user === undefined || (item === undefined && group === undefined)) return undefined;
  return {
    user,
    action: (address.get('action') ?? 'start') as AccessAction,
    about: item === undefined ? { kind: 'jump_group', id: group! } : { kind: 'jump_item', id: item },
    destination: number('to'),
    at: address.get('at') ?? undefined,
    present: address.has('present'),
    override: address.has('override'),
    ticket: address.get('ticket') ?? '',
    changes: changesIn(address.get('what_if')),
  };
}

export function addressOf(question: Question): Record<string, string> {
  const { user, action, about, destination, at, present, override, ticket, changes } = question;
  return {
    user: String(user),
    [about.kind === 'jump_item' ? 'item' : 'group']: String(about.id),
    action,
    ...(destination === undefined ? {} : { to: String(destination) }),
    ...(at === undefined ? {} : { at }),
    ...(present ? { present: '1' } : {}),
    ...(override ? { override: '1' } : {}),
    ...(ticket === '' ? {} : { ticket }),
    ...(changes.length === 0 ? {} : { what_if: JSON.stringify(changes) }),
  };
}

export function bodyOf(question: Question): Schema<'AccessQuestion'> {
  const { user, action, about, destination, at, present, override, ticket, changes } = question;
  return {
    user: { id: user },
    action,
    [about.kind]: { id: about.id },
    ...(destination === undefined ? {} : { destination: { id: destination } }),
    ...(at === undefined ? {} : { at: momentOf(at) }),
    customer_present: present,
    override_schedule: override,
    ...(ticket === '' ? {} : { ticket_id: ticket }),
    ...(changes.length === 0 ? {} : { what_if: changes, affected: true }),
  };
}

function changesIn(text: string | null): Change[] {
  if (text === null) return [];
  try {
    const changes: unknown = JSON.parse(text);
    return Array.isArray(changes) ? (changes as Change[]) : [];
  } catch {
    // An address that was cut short: the question without the changes.
    return [];
  }
}
