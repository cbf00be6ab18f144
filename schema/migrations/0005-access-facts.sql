-- What the rules of access read beside what 0002 brought.

-- Teams that a group policy adds its members to or removes them from.
create table group_policy_team (
  group_policy_id  int not null references group_policy on delete cascade,
  team_id          int not null constraint group_policy_team_exists references team on delete cascade,
  action           text not null default 'add' constraint group_policy_team_action check (action in ('add', 'remove')),
  role             text not null default 'member' constraint group_policy_team_role check (role in ('member', 'lead', 'manager')),
  constraint group_policy_team_is_unique primary key (group_policy_id, team_id)
);
create index group_policy_team_by_team on group_policy_team (team_id);

-- The session policy of a public portal has its say after the Jump Item's and before the representative's.
alter table public_portal
  add column session_policy_id int constraint public_portal_session_policy_exists references session_policy on delete restrict;

-- Reports by Jump Group.
create index support_session_by_jump_group on support_session (jump_group_id, started_at) where jump_group_type = 'shared';
