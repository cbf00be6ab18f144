-- What is remembered of each person's credentials, whatever they come from: names and ids, never secrets.

-- Where they were used. Recommendations come from here.
create table credential_use (
  user_id          int not null references app_user on delete cascade,
  -- Of the target, in lower case.
  hostname         text not null,
  context          text not null constraint credential_use_context check (context in ('login')),
  source           text not null constraint credential_use_source check (source in ('vault', 'ecm')),
  credential_id    text not null,
  credential_name  text not null,
  uses             int not null default 1,
  last_used_at     timestamptz not null default clock_timestamp(),
  primary key (user_id, hostname, context, source, credential_id)
);

create table favorite_credential (
  user_id          int not null references app_user on delete cascade,
  source           text not null constraint favorite_credential_source check (source in ('vault', 'ecm')),
  credential_id    text not null,
  credential_name  text not null,
  primary key (user_id, source, credential_id)
);

-- Used when a session with the Jump Item starts without naming another.
create table default_credential (
  user_id          int not null references app_user on delete cascade,
  jump_item_id     int not null references jump_item on delete cascade,
  source           text not null constraint default_credential_source check (source in ('vault', 'ecm')),
  credential_id    text not null,
  credential_name  text not null,
  set_at           timestamptz not null default clock_timestamp(),
  primary key (user_id, jump_item_id)
);
create index default_credential_by_item on default_credential (jump_item_id);
