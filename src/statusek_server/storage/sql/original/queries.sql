-- Every statement that is run on a database of the original service (2.7.2, and the versions since 2021
-- whose tables are the same). Columns that had other names in some version are read through JSON.

-- name: find_schemas
-- Those that have all its tables, its usual name first.
select table_schema as name from information_schema.tables
where table_name in ('objects', 'statuses', 'workflows', 'instances', 'events', 'version')
    and table_schema not in ('information_schema', 'pg_catalog')
group by table_schema having count(*) = 6
order by table_schema <> 'statusek', table_schema;

-- name: use_schema
select set_config('search_path', quote_ident($1), true);

-- name: get_version
select version_number from version where deleted_at is null order by id desc limit 1;

-- name: get_objects
select id, object_name as name from objects order by id;

-- name: get_statuses
select id, object_id, status_name as name, status_desc as description, status_type as type
from statuses where deleted_at is null order by id;

-- name: get_edges
select coalesce(edge ->> 'status_prev_id', edge ->> 'status_id_prev')::bigint as previous_id,
    coalesce(edge ->> 'status_next_id', edge ->> 'status_id_next')::bigint as next_id
from (select id, to_jsonb(workflows) as edge from workflows where deleted_at is null) as edges
order by id;

-- name: count_instances
select count(*) from instances;

-- name: get_instances
-- A token that is there twice belongs to the first, which is the one that the original finds.
select id, instance_token as token, instance_timeout as timeout, object_id,
    instance_is_finished as is_finished, instance_is_finished_description as reason,
    created_at, updated_at, deleted_at is not null as is_deleted,
    row_number() over (partition by instance_token, deleted_at is null order by id) > 1 as is_twice
from instances order by id;

-- name: get_events
select id, instance_id, status_id, deleted_at is not null as is_deleted,
    coalesce(event_creation_dt, created_at) as created_at,
    coalesce(to_jsonb(events) ->> 'message', to_jsonb(events) ->> 'event_message', '') as message
from events order by instance_id, coalesce(event_creation_dt, created_at), id;
