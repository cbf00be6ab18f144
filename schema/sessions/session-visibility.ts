import type { SessionSight } from '../../appliance/sessions/session-sight.ts';
import type { Sql } from '../sql.ts';

/** Condition over `support_session s`: the session is among those that are seen. The rule is `seesSession`. */
export function isSeen(sql: Sql, sight: SessionSight) {
  if (sight === 'everything') return sql`true`;
  const { userId, ownEnded, ofUsers, ofJumpGroups } = sight;
  const users = ownEnded ? [userId, ...ofUsers] : ofUsers;
  const own = sql`s.user_id = ${userId} and s.ended_at is null`;
  const byUser = sql`s.user_id = any(${[...users]}::int[])`;
  const byGroup = sql`s.jump_group_type = 'shared' and s.jump_group_id = any(${[...ofJumpGroups]}::int[])`;
  if (ofJumpGroups.length === 0) return users.length === 0 ? own : byUser;
  return users.length === 0 ? sql`(${own} or ${byGroup})` : sql`(${byUser} or ${byGroup})`;
}
