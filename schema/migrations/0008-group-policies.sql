-- Group policies are put in order and keep what they do not define yet.

alter table group_policy
  -- Values of settings that the policy does not define: shown and kept for the day it does, without effect until then.
  add column kept_values jsonb not null default '{}';

-- The order as a whole has a revision: two people who move policies at once must not undo each other unseen.
create table group_policy_order (
  id        int primary key default 1 constraint group_policy_order_is_one check (id = 1),
  revision  int not null default 1
);
insert into group_policy_order default values;

-- Policies are found by any part of their name, members are listed by policy.
create index group_policy_search on group_policy using gin (lower(name) gin_trgm_ops);
create index group_policy_defining_administrators on group_policy (position) where settings ? 'perm_admin';
create index group_policy_member_by_policy on group_policy_member (group_policy_id, id);

-- Users are looked up by e-mail address.
create index user_by_email_address on app_user (lower(email_address));
