-- Every change of a user asks whether an administrator remains; among a hundred thousand users they are few.
create index app_user_enabled_administrators on app_user (id) where perm_admin and enabled;
