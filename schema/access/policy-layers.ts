/**
 * Column expression: the group policies of the person `u` (an app_user) in their order, as `PolicyLayer[]`. The view
 * user_group_policy says who belongs to which.
 */
export const POLICY_LAYERS = `coalesce((
  select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'settings', p.settings) order by p.position)
    from group_policy p
   where p.id in (select g.group_policy_id from user_group_policy g where g.user_id = u.id)), '[]')`;
