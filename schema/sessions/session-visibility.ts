import type { SessionSight } from '../../appliance/sessions/session-sight.ts';
import type { Sql } from '../sql.ts';

/** Condition over `support_session s`: the session is among those that are seen. The rule is `seesSession`. */
export function isSeen(sql: Sql, sight: SessionSight) {
  if (sight === 'everything') return sql`true`;
  const { userId, ownEnded, ofUsers, ofJumpGroups } = sight;
  const own = ownEnded ? sql`s.user_id = ${userId}` : sql`s.user_id = ${userId} and s.ended_at is null`;
  return sql`(${own}
    ${ofUsers.length === 0 ? sql`` : sql`or s.user_id = any(${[...ofUsers]}::int[])`}
    ${
      ofJumpGroups.length === 0
        ? sql``
        : sql`or s.jump_group_type = 'shared' and s.jump_group_id = any(${[...ofJumpGroups]}::int[])`
    })`;
}
