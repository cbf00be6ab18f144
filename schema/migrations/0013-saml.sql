-- SAML: what was used once, and people of public portals on their way.

create table assertion_replay (
  security_provider_id  int not null references security_provider on delete cascade,
  -- SHA-256 of the message's identifier.
  message_hash          bytea not null,
  usable_until          timestamptz not null,
  primary key (security_provider_id, message_hash)
);
create index assertion_replay_by_end on assertion_replay (usable_until);

-- A customer of a public portal who is at an identity provider, or has just come back.
create table portal_sign_in (
  -- SHA-256 of what names it to the provider, and of the cookie of the browser that began it.
  state_hash            bytea primary key,
  browser_hash          bytea not null,
  security_provider_id  int not null references security_provider on delete cascade,
  public_portal_id      int not null references public_portal on delete cascade,
  memo                  text not null,
  returned              jsonb,
  expires_at            timestamptz not null
);
create unique index portal_sign_in_browser_is_unique on portal_sign_in (browser_hash);
create index portal_sign_in_by_provider on portal_sign_in (security_provider_id);
create index portal_sign_in_by_portal on portal_sign_in (public_portal_id);
create index portal_sign_in_by_end on portal_sign_in (expires_at);
