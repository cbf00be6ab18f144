-- Sign-in through security providers.

alter table app_user
  -- What the person's provider knows them by, whatever their name is at the time; null for local users.
  add column external_id  text constraint user_external_id_length check (length(external_id) between 1 and 512);
create unique index user_external_id_is_unique on app_user (security_provider_id, external_id) where external_id is not null;

-- Pictures that providers hand on.
create table user_photo (
  user_id     int primary key references app_user on delete cascade,
  media_type  text not null constraint user_photo_media_type check (media_type in ('image/jpeg', 'image/png', 'image/gif', 'image/webp')),
  content     bytea not null constraint user_photo_size check (length(content) <= 1048576),
  changed_at  timestamptz not null default now()
);

alter table user_credential
  -- Who vouched for the person, how, and what ends the sign-in over there.
  add column security_provider_id  int references security_provider on delete cascade,
  add column methods               text[] not null default '{}',
  add column provider_session      text,
  -- When a second factor was proven last.
  add column second_factor_at      timestamptz;

-- Sign-ins under way: the browser is at its provider, or a question waits for its answer.
create table sign_in_attempt (
  id                    uuid primary key default gen_random_uuid(),
  secret_hash           bytea not null,
  -- Of what names the attempt to a provider.
  state_hash            bytea,
  kind                  text not null constraint sign_in_attempt_kind check (kind in ('browser', 'token')),
  purpose               text not null constraint sign_in_attempt_purpose check (purpose in ('sign_in', 'test')),
  stage                 text not null constraint sign_in_attempt_stage check (stage in ('sent', 'returned', 'challenged', 'identified')),
  security_provider_id  int references security_provider on delete cascade,
  user_id               int references app_user on delete cascade,
  memo                  text not null default '',
  returned              jsonb,
  methods               text[] not null default '{}',
  passed                text[] not null default '{}',
  asking                text,
  return_to             text not null default '',
  provider_session      text,
  address               text not null default '',
  user_agent            text not null default '',
  failures              int not null default 0,
  created_at            timestamptz not null default now(),
  expires_at            timestamptz not null
);
create unique index sign_in_attempt_secret_is_unique on sign_in_attempt (secret_hash);
create unique index sign_in_attempt_state_is_unique on sign_in_attempt (state_hash) where state_hash is not null;
create index sign_in_attempt_by_expiry on sign_in_attempt (expires_at);
create index sign_in_attempt_by_user on sign_in_attempt (user_id) where user_id is not null;
create index sign_in_attempt_by_provider on sign_in_attempt (security_provider_id) where security_provider_id is not null;
create index user_credential_by_provider on user_credential (security_provider_id) where security_provider_id is not null;
