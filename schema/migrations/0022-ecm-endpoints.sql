-- What a credential manager calls the target of a session that it listed, with its plug-in in front; null for all others.
alter table support_session
  add column ecm_endpoint_id text constraint support_session_ecm_endpoint_id_length check (length(ecm_endpoint_id) between 1 and 320);
