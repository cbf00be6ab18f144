import type { Actor, UserActor } from '../actor.ts';
import type { Stores } from '../stores.ts';

/**
 * The representative of a session, as check-outs and reports name people who do something in it without a call of
 * theirs: no rights come with it. The system when the person was deleted.
 */
export async function sessionHolder({ sessions }: Pick<Stores, 'sessions'>, lsid: string): Promise<Actor> {
  const owner = (await sessions.participants(lsid)).find((participant) => participant.owner);
  return holderNamed(owner?.userId, owner?.username ?? '');
}

export function holderNamed(userId: number | undefined, username: string): Actor {
  if (userId === undefined) return { kind: 'system', name: username || 'Bridgehead' };
  const nobody: Omit<UserActor, 'userId' | 'username' | 'displayName'> = {
    kind: 'user',
    administrator: false,
    rights: new Set(),
    credentialId: '',
    address: '',
  };
  return { ...nobody, userId, username, displayName: username };
}
