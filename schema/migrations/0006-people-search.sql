-- People are looked for by any part of their names.

alter table app_user
  add column search_text text generated always as (
    lower(username || E'\n' || public_display_name || E'\n' || private_display_name || E'\n' || email_address)) stored;
create index user_search on app_user using gin (search_text gin_trgm_ops);
