-- Which keys wrap the data keys of sealed secrets. The keys themselves are outside the database, in the key file.

create table vault_key (
  fingerprint  text primary key,
  state        text not null constraint vault_key_state check (state in ('next', 'current', 'retired')),
  created_at   timestamptz not null default clock_timestamp()
);
create unique index vault_key_of_a_state_is_one on vault_key (state) where state <> 'retired';

-- Those that will not come back, were they still in some key file.
create table vault_key_dropped (
  fingerprint  text primary key,
  created_at   timestamptz not null,
  dropped_at   timestamptz not null default clock_timestamp()
);

-- Until now the key of the site wrapped everything.
insert into vault_key (fingerprint, state) select site_key_fingerprint, 'current' from site;

-- No key is let go of that still wraps something, and nothing is wrapped by a key that was let go of.
alter table sealed_secret add constraint sealed_secret_key_is_known foreign key (wrapped_by) references vault_key;
create index sealed_secret_by_key on sealed_secret (wrapped_by);

-- Shared accounts are counted and listed by type.
create index vault_account_by_type on vault_account (type, id) where account_group_id is not null;

-- What each process has of them.
alter table server_node add column vault_keys text[] not null default '{}';
