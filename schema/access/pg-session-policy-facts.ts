import type { SessionPolicyFacts } from '../../appliance/access/access-facts.ts';
import {
  GLOBAL_SESSION_POLICY_ID,
  type SessionPoliciesAtHand,
  type SessionPolicyFactsSource,
  type SessionPolicyQuestion,
} from '../../appliance/access/session-policy-facts.ts';
import type { Sql } from '../sql.ts';

export class PgSessionPolicyFacts implements SessionPolicyFactsSource {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find({ userId, policyIds, publicPortalId }: SessionPolicyQuestion): Promise<SessionPoliciesAtHand> {
    const sql = this.#sql;
    const wanted = [GLOBAL_SESSION_POLICY_ID, ...policyIds.filter((id) => id !== null)];
    const rows = await sql<(SessionPolicyFacts & { isPortals: boolean })[]>`
      with portal as (
        select session_policy_id from public_portal
         where id = coalesce(${publicPortalId}, (select min(id) from public_portal)))
      select s.id, s.display_name as name, s.permissions, s.id in (select session_policy_id from portal) as "isPortals"
        from session_policy s
       where s.id = any(${wanted}::int[]) or s.id in (select session_policy_id from portal)
          or s.id in (select unnest(array[attended_session_policy_id, unattended_session_policy_id])
                        from app_user where id = ${userId ?? null})
          or s.id in (select unnest(array[p.attended_session_policy_id, p.unattended_session_policy_id])
                        from group_policy p
                       where p.id in (select g.group_policy_id from user_group_policy g where g.user_id = ${userId ?? null}))`;
    const policies = new Map(
      rows.map(({ id, name, permissions }) => [id, { id, name, permissions }] as const),
    );
    const portal = rows.find(({ isPortals }) => isPortals);
    const global = policies.get(GLOBAL_SESSION_POLICY_ID);
    return {
      policies,
      portal: portal === undefined ? null : policies.get(portal.id)!,
      // Without one, what nobody defines is as strict as can be.
      global: global ?? { id: GLOBAL_SESSION_POLICY_ID, name: '', permissions: {} },
    };
  }
}
