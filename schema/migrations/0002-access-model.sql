-- The access model: settings of people, group policies, session policies, security providers.

-- Jump Item Roles ----------------------------------------------------------------------------------------------
-- The published contract gives role 1 to whoever is given none, and clients send it unasked. So role 1 is “No Access”;
-- “Administrator” takes the id that had, and everybody keeps the role they had.

update jump_item_role set name = '~' || name where id in (1, 4);
update jump_item_role r
   set (name, description, perm_add, perm_assign_jump_group, perm_remove, perm_start, perm_edit_tag, perm_edit_comments,
        perm_edit_jump_policy, perm_edit_session_policy, perm_edit_identity, perm_edit_behavior,
        perm_view_jump_item_report, perm_edit_public_portal, perm_edit_support_button) =
       (select substr(o.name, 2), o.description, o.perm_add, o.perm_assign_jump_group, o.perm_remove, o.perm_start,
               o.perm_edit_tag, o.perm_edit_comments, o.perm_edit_jump_policy, o.perm_edit_session_policy,
               o.perm_edit_identity, o.perm_edit_behavior, o.perm_view_jump_item_report, o.perm_edit_public_portal,
               o.perm_edit_support_button
          from jump_item_role o where o.id = 5 - r.id)
 where r.id in (1, 4);
update jump_group_user set jump_item_role_id = 5 - jump_item_role_id where jump_item_role_id in (1, 4);
alter table jump_item_role add column revision int not null default 1;

-- Session policies ---------------------------------------------------------------------------------------------

alter table session_policy
  -- What the policy defines, by the names of the catalogue (appliance/access/session-permissions.ts).
  add column permissions              jsonb not null default '{}',
  -- What the policy may be given to.
  add column available_to_users       boolean not null default true,
  add column available_to_jump_items  boolean not null default true,
  add column available_to_rep_invite  boolean not null default false,
  add column available_to_portals     boolean not null default true,
  add column revision                 int not null default 1,
  add constraint session_policy_description_length check (length(description) <= 1024);

update session_policy set permissions = '{"session_start_prompt":"no_prompt", "tool_prompting":"never", "screen_sharing":"view_and_control",
    "screen_sharing_scope":"representative_chooses", "screen_sharing_automatic_start":"allow",
    "privacy_screen":"allow", "customer_input_restriction":"allow", "clipboard":"both",
    "clipboard_synchronisation":"manual", "annotations":"allow", "virtual_pointer":"allow",
    "screen_capture":"allow", "remote_printing":"allow", "special_keys":"allow", "special_actions":"allow",
    "custom_special_actions":"allow", "multiple_monitors":"allow", "reboot":"allow", "safe_mode_reboot":"allow",
    "show_my_screen":"view_and_control", "elevation":"allow", "elevation_customer_prompt":"allow",
    "elevation_representative_credentials":"allow", "elevated_special_actions":"allow",
    "file_transfer_to_customer":"allow", "file_transfer_to_representative":"allow", "file_management":"allow",
    "command_shell":"allow", "command_shell_multiple":"allow", "system_information":"view_and_act",
    "system_processes":"allow", "system_services":"allow", "system_programs":"allow",
    "system_information_logs":"allow", "registry":"view_and_edit", "chat":"allow", "chat_push_url":"allow",
    "chat_files_to_customer":"allow", "chat_files_from_customer":"allow", "chat_canned_messages":"allow",
    "jump_client_pinning":"allow", "support_button_deployment":"allow", "canned_scripts":"allow",
    "credential_injection":"allow", "session_sharing":"allow", "session_transfer":"allow",
    "external_representative_invitation":"allow", "session_notes":"allow"}' where code_name = 'full_permissions';
update session_policy set permissions = '{"screen_sharing":"deny", "screen_sharing_scope":"selected_applications",
    "screen_sharing_automatic_start":"deny", "privacy_screen":"deny", "customer_input_restriction":"deny",
    "clipboard":"deny", "clipboard_synchronisation":"manual", "annotations":"deny", "virtual_pointer":"deny",
    "screen_capture":"deny", "remote_printing":"deny", "special_keys":"deny", "special_actions":"deny",
    "custom_special_actions":"deny", "multiple_monitors":"deny", "reboot":"deny", "safe_mode_reboot":"deny",
    "show_my_screen":"deny", "elevation":"deny", "elevation_customer_prompt":"deny",
    "elevation_representative_credentials":"deny", "elevated_special_actions":"deny",
    "file_transfer_to_customer":"deny", "file_transfer_to_representative":"deny", "file_management":"deny",
    "command_shell":"deny", "command_shell_multiple":"deny", "system_information":"deny",
    "system_processes":"deny", "system_services":"deny", "system_programs":"deny",
    "system_information_logs":"deny", "registry":"deny", "chat":"deny", "chat_push_url":"deny",
    "chat_files_to_customer":"deny", "chat_files_from_customer":"deny", "chat_canned_messages":"deny",
    "jump_client_pinning":"deny", "support_button_deployment":"deny", "canned_scripts":"deny",
    "credential_injection":"deny", "session_sharing":"deny", "session_transfer":"deny",
    "external_representative_invitation":"deny", "session_notes":"deny"}' where code_name = 'no_permissions';

-- The global session policy is what every other falls back to. The contract reserves id 1; lists leave it out.
insert into session_policy (id, display_name, code_name, description, permissions, available_to_users,
    available_to_jump_items, available_to_rep_invite, available_to_portals) values
  (1, 'Global', 'global', 'Decides what no other session policy defines.', '{"session_start_prompt":"prompt", "session_start_prompt_timeout":30, "session_start_prompt_default":"deny",
    "tool_prompting":"once", "tool_prompting_timeout":30, "tool_prompting_default":"deny",
    "screen_sharing":"view_and_control", "screen_sharing_scope":"representative_chooses",
    "screen_sharing_automatic_start":"allow", "privacy_screen":"allow", "customer_input_restriction":"allow",
    "clipboard":"both", "clipboard_synchronisation":"manual", "annotations":"allow", "virtual_pointer":"allow",
    "screen_capture":"allow", "remote_printing":"allow", "special_keys":"allow", "special_actions":"allow",
    "custom_special_actions":"allow", "multiple_monitors":"allow", "reboot":"allow", "safe_mode_reboot":"allow",
    "show_my_screen":"view_and_control", "elevation":"allow", "elevation_customer_prompt":"allow",
    "elevation_representative_credentials":"allow", "elevated_special_actions":"allow",
    "file_transfer_to_customer":"allow", "file_transfer_to_representative":"allow",
    "file_transfer_customer_paths":[], "file_transfer_representative_paths":[], "file_management":"allow",
    "command_shell":"allow", "command_shell_multiple":"allow", "system_information":"view_and_act",
    "system_processes":"allow", "system_services":"allow", "system_programs":"allow",
    "system_information_logs":"allow", "registry":"view_and_edit", "chat":"allow", "chat_push_url":"allow",
    "chat_files_to_customer":"allow", "chat_files_from_customer":"allow", "chat_canned_messages":"allow",
    "jump_client_pinning":"allow", "support_button_deployment":"allow", "canned_scripts":"allow",
    "credential_injection":"allow", "session_sharing":"allow", "session_transfer":"allow",
    "external_representative_invitation":"allow", "session_notes":"allow", "session_end_behavior":"do_nothing",
    "session_end_behavior_override":"allow", "session_reconnect_timeout":600, "customer_may_end_session":"allow",
    "record_screen_sharing":"record", "record_show_my_screen":"record", "record_command_shell":"record",
    "record_system_information":"record"}', false, false, false, false);

alter table support_session
  -- Permissions of the session as they were resolved at its start.
  add column session_permissions  jsonb not null default '{}',
  add column customer_present     boolean not null default false;

-- Security providers -------------------------------------------------------------------------------------------

create table security_provider (
  id        int generated by default as identity primary key,
  type      text not null constraint security_provider_type check (type in ('local', 'ldap', 'radius', 'kerberos', 'saml', 'saml_portal', 'oidc', 'scim')),
  name      text not null constraint security_provider_name_length check (length(name) between 1 and 255),
  enabled   boolean not null default true,
  -- Providers are asked in this order, the lowest first.
  priority  int not null default 0 constraint security_provider_priority check (priority >= 0),
  -- What the type needs, under the names of the contract. Secrets are not among them.
  settings  jsonb not null default '{}',
  revision  int not null default 1
);
create unique index security_provider_name_is_unique on security_provider (lower(name));
create unique index security_provider_local_is_one on security_provider (type) where type = 'local';
insert into security_provider (type, name) values ('local', 'Local');

-- People -------------------------------------------------------------------------------------------------------

alter table app_user
  add column security_provider_id  int not null default 1 constraint user_security_provider_exists references security_provider on delete restrict,
  -- The person's name in a directory; empty for local users.
  add column distinguished_name    text not null default '',
  -- Own values of the settings catalogue (appliance/access/user-settings.ts), without perm_admin; what is missing is
  -- not set.
  add column settings              jsonb not null default '{}';

-- Who was there before keeps every right they had: the jump methods, everything with their own personal items, and
-- their own sessions.
update app_user set settings =
  (select coalesce(jsonb_object_agg('perm_' || method, true), '{}') from unnest(allowed_jump_methods) method) ||
  jsonb_build_object(
    'perm_support_allowed', 'full_support',
    -- Their own sessions, what was recorded in them, and the keys those are found by.
    'perm_view_support_reports', 'user_sessions',
    'perm_view_sd_recordings', true,
    'perm_edit_external_key', true,
    'default_jump_item_role_id', case when default_jump_item_role_id in (1, 4) then 5 - default_jump_item_role_id else default_jump_item_role_id end,
    'private_jump_item_role_id', 4);
alter table app_user
  drop column allowed_jump_methods,
  drop column default_jump_item_role_id;
-- What the settings refer to, so that it cannot be deleted under them.
alter table app_user
  add column default_jump_item_role_id int generated always as ((settings->>'default_jump_item_role_id')::int) stored
    constraint user_default_jump_item_role_exists references jump_item_role,
  add column private_jump_item_role_id int generated always as ((settings->>'private_jump_item_role_id')::int) stored
    constraint user_private_jump_item_role_exists references jump_item_role,
  add column inferior_jump_item_role_id int generated always as ((settings->>'inferior_jump_item_role_id')::int) stored
    constraint user_inferior_jump_item_role_exists references jump_item_role,
  add column unassigned_jump_item_role_id int generated always as ((settings->>'unassigned_jump_item_role_id')::int) stored
    constraint user_unassigned_jump_item_role_exists references jump_item_role,
  add column attended_session_policy_id int generated always as (
      case when jsonb_typeof(settings->'attended_session_policy') = 'number' then (settings->>'attended_session_policy')::int end) stored
    constraint user_attended_session_policy_exists references session_policy,
  add column unattended_session_policy_id int generated always as (
      case when jsonb_typeof(settings->'unattended_session_policy') = 'number' then (settings->>'unattended_session_policy')::int end) stored
    constraint user_unattended_session_policy_exists references session_policy;

-- Groups of a directory a person was seen in, at the last sign-in or synchronisation.
create table user_directory_group (
  user_id               int not null references app_user on delete cascade,
  security_provider_id  int not null references security_provider on delete cascade,
  -- Distinguished name or group name in lower case.
  group_name            text not null,
  primary key (user_id, security_provider_id, group_name)
);
create index user_directory_group_by_group on user_directory_group (security_provider_id, group_name);

-- Group policies -----------------------------------------------------------------------------------------------

create table group_policy (
  id                        int generated by default as identity primary key,
  name                      text not null constraint group_policy_name_length check (length(name) between 1 and 255),
  comments                  text not null default '' constraint group_policy_comments_length check (length(comments) <= 4096),
  -- Policies are applied in this order.
  position                  int not null,
  -- What the policy defines: setting name to {"status": "defined" or "final", "value": ...}.
  settings                  jsonb not null default '{}',
  -- No later policy changes what this one says about a Jump Group, a team or a Jumpoint.
  jump_groups_add_final     boolean not null default false,
  jump_groups_remove_final  boolean not null default false,
  teams_add_final           boolean not null default false,
  teams_remove_final        boolean not null default false,
  jumpoints_add_final       boolean not null default false,
  jumpoints_remove_final    boolean not null default false,
  revision                  int not null default 1,
  default_jump_item_role_id int generated always as ((settings #>> '{default_jump_item_role_id,value}')::int) stored
    constraint group_policy_default_jump_item_role_exists references jump_item_role,
  private_jump_item_role_id int generated always as ((settings #>> '{private_jump_item_role_id,value}')::int) stored
    constraint group_policy_private_jump_item_role_exists references jump_item_role,
  inferior_jump_item_role_id int generated always as ((settings #>> '{inferior_jump_item_role_id,value}')::int) stored
    constraint group_policy_inferior_jump_item_role_exists references jump_item_role,
  unassigned_jump_item_role_id int generated always as ((settings #>> '{unassigned_jump_item_role_id,value}')::int) stored
    constraint group_policy_unassigned_jump_item_role_exists references jump_item_role,
  attended_session_policy_id int generated always as (
      case when jsonb_typeof(settings #> '{attended_session_policy,value}') = 'number' then (settings #>> '{attended_session_policy,value}')::int end) stored
    constraint group_policy_attended_session_policy_exists references session_policy,
  unattended_session_policy_id int generated always as (
      case when jsonb_typeof(settings #> '{unattended_session_policy,value}') = 'number' then (settings #>> '{unattended_session_policy,value}')::int end) stored
    constraint group_policy_unattended_session_policy_exists references session_policy,
  constraint group_policy_position_is_unique unique (position) deferrable initially deferred
);
create unique index group_policy_name_is_unique on group_policy (lower(name));
insert into group_policy (name, comments, position) values
  ('Default', 'Defines nothing until an administrator says what.', 1);

-- A member is a person, a person of a directory by distinguished name, or a whole group of a directory.
create table group_policy_member (
  id                    int generated by default as identity primary key,
  group_policy_id       int not null references group_policy on delete cascade,
  security_provider_id  int not null constraint group_policy_member_provider_exists references security_provider on delete cascade,
  user_id               int constraint group_policy_member_user_exists references app_user on delete cascade,
  distinguished_name    text constraint group_policy_member_distinguished_name_length check (length(distinguished_name) between 1 and 1024),
  group_name            text constraint group_policy_member_group_name_length check (length(group_name) between 1 and 64),
  constraint group_policy_member_is_one_thing check (num_nonnulls(user_id, distinguished_name, group_name) = 1)
);
create unique index group_policy_member_user_is_unique
  on group_policy_member (group_policy_id, user_id) where user_id is not null;
create unique index group_policy_member_directory_name_is_unique
  on group_policy_member (group_policy_id, security_provider_id, lower(coalesce(distinguished_name, group_name))) where user_id is null;
create index group_policy_member_by_user on group_policy_member (user_id) where user_id is not null;
create index group_policy_member_by_directory_name
  on group_policy_member (security_provider_id, lower(coalesce(distinguished_name, group_name))) where user_id is null;

-- Whom every user of a provider belongs to beside what else names them.
alter table security_provider
  add column default_group_policy_id int constraint security_provider_default_policy_exists references group_policy on delete restrict;

-- Which group policies a person belongs to, whatever made them a member.
create view user_group_policy as
  select m.user_id, m.group_policy_id from group_policy_member m where m.user_id is not null
  union
  select u.id, m.group_policy_id
    from app_user u
    join group_policy_member m on m.security_provider_id = u.security_provider_id and m.user_id is null
     and lower(coalesce(m.distinguished_name, m.group_name)) = lower(u.distinguished_name)
   where u.distinguished_name <> ''
  union
  select g.user_id, m.group_policy_id
    from user_directory_group g
    join group_policy_member m on m.security_provider_id = g.security_provider_id and m.user_id is null
     and lower(coalesce(m.distinguished_name, m.group_name)) = g.group_name
  union
  select u.id, p.default_group_policy_id
    from app_user u join security_provider p on p.id = u.security_provider_id
   where p.default_group_policy_id is not null;

create table group_policy_jump_group (
  group_policy_id    int not null references group_policy on delete cascade,
  jump_group_id      int not null constraint group_policy_jump_group_exists references jump_group on delete cascade,
  action             text not null default 'add' constraint group_policy_jump_group_action check (action in ('add', 'remove')),
  -- Null: the user's default role.
  jump_item_role_id  int constraint group_policy_jump_group_role_exists references jump_item_role,
  constraint group_policy_jump_group_is_unique primary key (group_policy_id, jump_group_id)
);
create index group_policy_jump_group_by_group on group_policy_jump_group (jump_group_id);

create table group_policy_jumpoint (
  group_policy_id  int not null references group_policy on delete cascade,
  jumpoint_id      int not null constraint group_policy_jumpoint_exists references jumpoint on delete cascade,
  action           text not null default 'add' constraint group_policy_jumpoint_action check (action in ('add', 'remove')),
  constraint group_policy_jumpoint_is_unique primary key (group_policy_id, jumpoint_id)
);
create index group_policy_jumpoint_by_jumpoint on group_policy_jumpoint (jumpoint_id);

-- Whoever may start shared items goes on reaching them: starting asks for membership of the Jumpoint from now on.
insert into jumpoint_user (jumpoint_id, user_id)
  select distinct i.jumpoint_id, m.user_id
    from jump_group_user m
    join jump_item i on i.jump_group_id = m.jump_group_id
   where i.jumpoint_id is not null
  on conflict do nothing;
