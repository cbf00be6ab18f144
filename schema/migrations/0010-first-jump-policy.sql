-- Programs that provision Jump Items expect at least one Jump Policy from the first start on; a site that has its own
-- needs no other. This one asks for nothing.
insert into jump_policy (display_name, code_name, description, schedule_enabled)
select 'Any time', 'any_time', 'Permits access at any time.', false
where not exists (select from jump_policy);
