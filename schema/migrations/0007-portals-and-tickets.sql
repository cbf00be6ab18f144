-- Session policies are given only where they are available, public portals have addresses, secrets are kept sealed.

-- Session policies ---------------------------------------------------------------------------------------------

create unique index session_policy_display_name_is_unique on session_policy (lower(display_name));

-- Whoever is given a session policy must be of a kind it is available to. Arguments: the kind, then the columns that
-- name a policy. The lock waits for whoever is just withdrawing the availability, and makes them wait.
create function session_policy_is_available() returns trigger language plpgsql as $$
declare
  wanted     int;
  available  boolean;
begin
  for argument in 1 .. tg_nargs - 1 loop
    wanted := (to_jsonb(new) ->> tg_argv[argument])::int;
    continue when wanted is null;
    if tg_op = 'UPDATE' then
      continue when wanted is not distinct from (to_jsonb(old) ->> tg_argv[argument])::int;
    end if;
    select case tg_argv[0] when 'users' then available_to_users when 'jump_items' then available_to_jump_items
             else available_to_portals end
      into available from session_policy where id = wanted for share;
    if not available then
      raise exception 'session policy % is not available to %', wanted, tg_argv[0]
        using errcode = 'check_violation', constraint = tg_table_name || '_' || tg_argv[argument] || '_available';
    end if;
  end loop;
  return null;
end $$;

create trigger user_session_policies_are_available_on_insert
  after insert on app_user for each row
  when (new.attended_session_policy_id is not null or new.unattended_session_policy_id is not null)
  execute function session_policy_is_available('users', 'attended_session_policy_id', 'unattended_session_policy_id');
create trigger user_session_policies_are_available
  after update on app_user for each row
  when (new.attended_session_policy_id is distinct from old.attended_session_policy_id
     or new.unattended_session_policy_id is distinct from old.unattended_session_policy_id)
  execute function session_policy_is_available('users', 'attended_session_policy_id', 'unattended_session_policy_id');

create trigger group_policy_session_policies_are_available_on_insert
  after insert on group_policy for each row
  when (new.attended_session_policy_id is not null or new.unattended_session_policy_id is not null)
  execute function session_policy_is_available('users', 'attended_session_policy_id', 'unattended_session_policy_id');
create trigger group_policy_session_policies_are_available
  after update on group_policy for each row
  when (new.attended_session_policy_id is distinct from old.attended_session_policy_id
     or new.unattended_session_policy_id is distinct from old.unattended_session_policy_id)
  execute function session_policy_is_available('users', 'attended_session_policy_id', 'unattended_session_policy_id');

create trigger jump_item_session_policies_are_available_on_insert
  after insert on jump_item for each row
  when (new.session_policy_id is not null or new.attended_session_policy_id is not null)
  execute function session_policy_is_available('jump_items', 'session_policy_id', 'attended_session_policy_id');
create trigger jump_item_session_policies_are_available
  after update on jump_item for each row
  when (new.session_policy_id is distinct from old.session_policy_id
     or new.attended_session_policy_id is distinct from old.attended_session_policy_id)
  execute function session_policy_is_available('jump_items', 'session_policy_id', 'attended_session_policy_id');

create trigger jump_client_installer_session_policies_are_available
  after insert on jump_client_installer for each row
  when (new.session_policy_id is not null or new.attended_session_policy_id is not null)
  execute function session_policy_is_available('jump_items', 'session_policy_id', 'attended_session_policy_id');

-- What uses a session policy is counted before it is deleted or withdrawn.
create index jump_item_by_session_policy on jump_item (session_policy_id) where session_policy_id is not null;
create index jump_item_by_attended_session_policy on jump_item (attended_session_policy_id) where attended_session_policy_id is not null;
create index user_by_attended_session_policy on app_user (attended_session_policy_id) where attended_session_policy_id is not null;
create index user_by_unattended_session_policy on app_user (unattended_session_policy_id) where unattended_session_policy_id is not null;

-- Jump Item Roles ----------------------------------------------------------------------------------------------

alter table jump_item_role
  add constraint jump_item_role_description_length check (length(description) <= 4096),
  -- What the published contract gives where nothing is said.
  add constraint jump_item_role_no_access_stays check (id <> 1 or not (perm_add or perm_assign_jump_group or perm_remove
    or perm_start or perm_edit_tag or perm_edit_comments or perm_edit_jump_policy or perm_edit_session_policy
    or perm_edit_identity or perm_edit_behavior or perm_view_jump_item_report or perm_edit_public_portal
    or perm_edit_support_button));
create index jump_group_user_by_role on jump_group_user (jump_item_role_id) where jump_item_role_id is not null;

-- Security providers -------------------------------------------------------------------------------------------

create index user_by_security_provider on app_user (security_provider_id);

-- Public portals -----------------------------------------------------------------------------------------------

alter table public_portal
  add column code_name  text,
  add column comments   text not null default '' constraint public_portal_comments_length check (length(comments) <= 4096),
  add column revision   int not null default 1,
  add constraint public_portal_name_length check (length(name) between 1 and 255);
update public_portal set code_name = case when id = 1 then 'default' else 'portal_' || id end;
alter table public_portal
  alter column code_name set not null,
  add constraint public_portal_code_name_characters check (code_name ~ '^[A-Za-z0-9_-]{1,64}$');
create unique index public_portal_name_is_unique on public_portal (lower(name));
create unique index public_portal_code_name_is_unique on public_portal (lower(code_name));

-- Every address of a portal in its order; public_portal.hostname repeats the first one, which links are made with.
create table public_portal_address (
  public_portal_id  int not null references public_portal on delete cascade,
  position          int not null,
  -- In lower case.
  address           text not null constraint public_portal_address_length check (length(address) between 1 and 253),
  primary key (public_portal_id, position)
);
create unique index public_portal_address_is_unique on public_portal_address (address);
insert into public_portal_address (public_portal_id, position, address)
  select id, 0, lower(hostname) from public_portal where hostname <> '';

create trigger public_portal_session_policy_is_available_on_insert
  after insert on public_portal for each row when (new.session_policy_id is not null)
  execute function session_policy_is_available('portals', 'session_policy_id');
create trigger public_portal_session_policy_is_available
  after update on public_portal for each row
  when (new.session_policy_id is distinct from old.session_policy_id)
  execute function session_policy_is_available('portals', 'session_policy_id');

create index jump_item_by_public_portal on jump_item (public_portal_id) where public_portal_id is not null;

-- Secrets ------------------------------------------------------------------------------------------------------

-- Secrets the appliance must read back. Each has a data key of its own, wrapped by a key that is not in the database.
create table sealed_secret (
  -- Whose it is, e.g. security_provider 4 or site 0, and which one, e.g. bind_password. Both are bound into the seal.
  owner_type   text not null,
  owner_id     int not null,
  name         text not null,
  -- Which site key wrapped the data key.
  wrapped_by   text not null,
  -- Nonce, tag and cipher text.
  wrapped_key  bytea not null,
  sealed       bytea not null,
  changed_at   timestamptz not null default now(),
  primary key (owner_type, owner_id, name)
);
