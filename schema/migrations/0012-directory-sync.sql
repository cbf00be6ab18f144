-- Users are brought up to date from directories.

alter table app_user
  -- Set when a synchronisation disabled the account: only then may one enable it again. Whoever enables or disables it
  -- by hand takes it out of the hands of the directory.
  add column disabled_by_directory_at timestamptz;

create function user_enabled_by_hand() returns trigger language plpgsql as $$
begin
  if new.disabled_by_directory_at is not distinct from old.disabled_by_directory_at then
    new.disabled_by_directory_at := null;
  end if;
  return new;
end $$;
create trigger user_enabled_by_hand before update of enabled on app_user
  for each row when (old.enabled is distinct from new.enabled) execute function user_enabled_by_hand();

create table directory_sync (
  id                    uuid primary key default gen_random_uuid(),
  security_provider_id  int not null references security_provider on delete cascade,
  state                 text not null default 'reading' constraint directory_sync_state
                        check (state in ('reading', 'comparing', 'applying', 'done', 'refused', 'failed', 'cancelled', 'dead')),
  dry_run               boolean not null,
  -- Whoever started it accepts that many people are disabled.
  mass_disable_agreed   boolean not null default false,
  -- Of the starter, for the audit rows of what it changes.
  actor_kind            text not null,
  actor_id              text not null,
  actor_name            text not null,
  address               text not null default '',
  people_read           int not null default 0,
  -- Users of the provider here when it compared.
  accounts              int not null default 0,
  changes               int not null default 0,
  changes_applied       int not null default 0,
  -- How many of each action, by name.
  counts                jsonb not null default '{}',
  failure               text,
  -- Steps of the trace that failed or are worth knowing.
  steps                 jsonb not null default '[]',
  cancel_requested      boolean not null default false,
  heartbeat_at          timestamptz not null default now(),
  created_at            timestamptz not null default now(),
  finished_at           timestamptz
);
create unique index directory_sync_is_one_at_a_time on directory_sync (security_provider_id) where finished_at is null;
create index directory_sync_by_provider on directory_sync (security_provider_id, created_at desc);

-- What a directory said, while it is compared. A run that dies starts from nothing again, so no log is written for it.
create unlogged table directory_sync_person (
  sync_id          uuid not null,
  external_id      text not null,
  username         text not null,
  display_name     text,
  email_address    text,
  dn               text not null,
  disabled_reason  text,
  -- Null: the directory says nothing of groups.
  groups           text[]
);
create index directory_sync_person_by_id on directory_sync_person (sync_id, external_id);

-- What a run changes, or would change, of each person.
create table directory_sync_change (
  sync_id         uuid not null references directory_sync on delete cascade,
  position        int not null,
  action          text not null constraint directory_sync_change_action
                  check (action in ('create', 'update', 'disable', 'enable', 'conflict')),
  user_id         int,
  external_id     text not null,
  username        text not null,
  reason          text not null default '',
  before          jsonb not null default '{}',
  after           jsonb not null default '{}',
  groups_added    text[] not null default '{}',
  groups_removed  text[] not null default '{}',
  primary key (sync_id, position)
);
create index directory_sync_change_by_action on directory_sync_change (sync_id, action, position);
