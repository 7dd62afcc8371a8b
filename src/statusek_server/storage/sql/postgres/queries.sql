-- Every statement that the PostgreSQL storage runs, apart from the migrations. A statement by itself
-- is a transaction by itself.

-- Connections ------------------------------------------------------------------------------------

-- name: prepare_connection
-- Statements are planned once, for whatever size: a plan made for the empty tables of a new database
-- would read all of them, and be kept until these are analyzed. Compiling one takes longer than any.
set enable_seqscan = off;
set plan_cache_mode = force_generic_plan;
set jit = off;

-- name: ping
select token from instance limit 1;

-- name: get_durability
select current_setting('synchronous_commit');

-- Schema -----------------------------------------------------------------------------------------

-- name: lock_schema
-- Until the end of the transaction; the number is "stsk" in ASCII.
select pg_advisory_xact_lock(1937011563);

-- name: find_schema
select to_regclass('statusek_schema') is not null;

-- name: get_schema_version
select version from statusek_schema;

-- name: set_schema_version
update statusek_schema set version = $1;

-- name: forget_foreign_stamps
-- After a restore into another cluster, whose transactions have smaller numbers: what is stored is
-- older than whatever comes.
with foreign_event as (
    update event set stamp = 0 where stamp >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    returning token
)
update instance set stamp = 0 from foreign_event where instance.token = foreign_event.token;

-- Models -----------------------------------------------------------------------------------------

-- name: lock_models
lock table object in share row exclusive mode;

-- name: add_object
insert into object (id, name)
select coalesce(max(id), 0) + 1, $1::bytea from object
having not exists (select from object where sha256(name) = sha256($1::bytea));

-- name: get_object_id
select id from object where sha256(name) = sha256($1::bytea);

-- name: add_status
insert into status (id, object_id, name)
select coalesce(max(id), 0) + 1, $1::integer, $2::bytea from status
having not exists (
    select from status where object_id = $1::integer and sha256(name) = sha256($2::bytea)
);

-- name: get_status_ids
select name, id from status where object_id = $1;

-- name: get_model_id
select id from model where object_id = $1 and fingerprint = $2;

-- name: add_model
insert into model (id, object_id, fingerprint, definition, mandatory, created_at)
select coalesce(max(id), 0) + 1, $1::integer, $2::text, $3::text, $4::integer[], clock_timestamp()
from model
returning id;

-- name: add_model_status
insert into model_status (model_id, name_hash, status_id, stops, need_all, need_any, forbid)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: get_model
select object_id, definition, created_at from model where id = $1;

-- Instances --------------------------------------------------------------------------------------

-- name: change
-- Instances that are created ($1 to $6), and statuses that are set ($7 to $11), at most one for each
-- instance: calls that share a commit. What is created is answered with the token of each: its own, or
-- that of the first call with its key; null where that had another body.
-- The rows of the others are locked in one order, so that two such statements cannot wait for each
-- other; the clock is read after the lock; what the verdict looks at is in the locked row, since
-- everything else is seen as it was before the wait.
with wanted as materialized (
    select wanted.*, clock.now, first.body as first_body, first.token as first_token
    from unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[])
        as wanted (token, model_id, timeout, silence, key, body)
    cross join lateral (select clock_timestamp() as now where wanted.token is not null) as clock
    left join idempotency_key as first
        on first.key = wanted.key and first.created_at > now() - interval '24 hours'
), added as (
    insert into instance (token, model_id, created_at, deadline, silence, due_at)
    select token, model_id, now, now + timeout * interval '1 second', silence,
        now + least(timeout, silence) * interval '1 second'
    from wanted where first_body is null
), call as materialized (
    select * from unnest($7::text[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[])
        as call (token, name_hash, message, key, body)
), locked as materialized (
    select token, model_id, deadline, silence, due_at, set_ids, finished_at, finish_reason, stamp
    from instance where token = any ($7::text[]) order by token for update
), timed as materialized (
    select locked.*, clock.now
    from locked
    cross join lateral (select clock_timestamp() as now where locked.token is not null) as clock
), judged as materialized (
    select timed.*, call.message, call.key, call.body, status.status_id, status.stops,
        model.mandatory,
        greatest(timed.stamp, (select pg_current_xact_id()::text::bigint)) as new_stamp,
        case
            when first.body = call.body then 'REPLAY'
            when first.body is not null then 'IDEMPOTENCY_KEY_IS_REUSED'
            when finished_at is not null or due_at <= now then 'INSTANCE_IS_FINISHED'
            when status.status_id is null then 'STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT'
            when not set_ids @> need_all then 'NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET'
            when need_any <> '{}' and not set_ids && need_any
                then 'NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET'
            when set_ids && forbid then 'AT_LEAST_ONE_NEXT_STATUS_IS_SET'
            when set_ids @> array[status.status_id] then 'STATUS_IS_ALREADY_SET'
            else 'SUCCESS'
        end as outcome
    from timed
    join call on call.token = timed.token
    join model on model.id = timed.model_id
    left join model_status as status
        on status.model_id = timed.model_id and status.name_hash = call.name_hash
    left join idempotency_key as first
        on first.key = call.key and first.created_at > now() - interval '24 hours'
), ended as materialized (
    select judged.*,
        case
            when outcome <> 'SUCCESS' then
                case
                    when finished_at is not null then finish_reason
                    when due_at <= now then 'TIMEOUT'
                end
            when (set_ids || status_id) @> mandatory then 'ALL_MANDATORY_STATUSES_ARE_SET'
            when stops then 'STOP_STATUS_IS_SET'
        end as new_reason,
        outcome = 'SUCCESS' or (finished_at is null and due_at <= now) as is_changed
    from judged
), changed as materialized (
    select *,
        case outcome when 'SUCCESS' then now else due_at end as at,
        case outcome when 'SUCCESS' then status_id end as new_id
    from ended where is_changed
), updated as (
    update instance
    set set_ids = case when new_id is null then changed.set_ids else changed.set_ids || new_id end,
        due_at = case
            when new_id is null or changed.silence is null then changed.due_at
            else least(changed.deadline, now + changed.silence * interval '1 second')
        end,
        finished_at = case when new_reason is not null then at end,
        finish_reason = new_reason,
        stamp = new_stamp
    from changed where instance.token = changed.token
), stored as (
    insert into event (stamp, token, status_id, message, created_at, finish_reason)
    select new_stamp, token, new_id, case when new_id is null then '' else message end, at, new_reason
    from changed
), kept as (
    insert into idempotency_key (key, body, token, created_at)
    select key, body, token, now from wanted where first_body is null and key is not null
    union all
    select key, body, token, now from changed where new_id is not null and key is not null
), told as (
    select pg_notify('statusek', $12::text || string_agg(',' || token, '')) from changed having count(*) > 0
)
select token,
    case when first_body is null then token when first_body = body then first_token end as created,
    null as outcome, null as new_reason, null as finished_at, false as is_changed, 0 as told
from wanted
union all
select token, null, outcome, new_reason,
    coalesce(finished_at, case outcome when 'SUCCESS' then now else due_at end), is_changed,
    (select count(*) from told)
from ended;

-- name: beat
-- Signs of life that share a commit, at most one for each instance.
with locked as materialized (
    select token, deadline, silence, due_at, finished_at, finish_reason, stamp
    from instance where token = any ($1::text[]) order by token for update
), timed as materialized (
    select locked.*, clock.now,
        greatest(locked.stamp, (select pg_current_xact_id()::text::bigint)) as new_stamp
    from locked
    cross join lateral (select clock_timestamp() as now where locked.token is not null) as clock
), ended as materialized (
    select token, stamp, new_stamp, due_at, now, silence, deadline, finish_reason as known_reason,
        coalesce(finished_at, case when due_at <= now then due_at end) as finished_at,
        coalesce(finish_reason, case when due_at <= now then 'TIMEOUT' end) as finish_reason,
        finished_at is null and due_at <= now as is_changed
    from timed
), changed as materialized (
    select * from ended where is_changed
), updated as (
    update instance
    set due_at = case
            when ended.finish_reason is null
                then least(ended.deadline, now + ended.silence * interval '1 second')
            else ended.due_at
        end,
        finished_at = ended.finished_at,
        finish_reason = ended.finish_reason,
        stamp = case when ended.finish_reason is null then ended.stamp else ended.new_stamp end
    from ended
    where instance.token = ended.token and known_reason is null
        and (ended.finish_reason is not null or ended.silence is not null)
), stored as (
    insert into event (stamp, token, message, created_at, finish_reason)
    select new_stamp, token, '', finished_at, finish_reason from changed
), told as (
    select pg_notify('statusek', $2::text || string_agg(',' || token, '')) from changed having count(*) > 0
)
select token, finished_at, finish_reason, is_changed, (select count(*) from told) as told
from ended;

-- name: finish
-- Those that were seen due, unless something else has finished them or given a sign of life since.
with locked as materialized (
    select token, due_at, stamp
    from instance
    where token = any ($1::text[]) and finished_at is null
    order by token for update
), timed as materialized (
    select locked.*, clock.now
    from locked
    cross join lateral (select clock_timestamp() as now where locked.token is not null) as clock
), changed as materialized (
    select token, due_at, greatest(stamp, (select pg_current_xact_id()::text::bigint)) as new_stamp
    from timed where due_at <= now
), updated as (
    update instance
    set finished_at = changed.due_at, finish_reason = 'TIMEOUT', stamp = new_stamp
    from changed where instance.token = changed.token
), stored as (
    insert into event (stamp, token, message, created_at, finish_reason)
    select new_stamp, token, '', due_at, 'TIMEOUT' from changed
), told as (
    select pg_notify('statusek', $2::text || string_agg(',' || token, '')) from changed having count(*) > 0
)
select token, (select count(*) from told) as told from changed;

-- name: finish_due
-- Finished at the time it was due, not at the time somebody noticed. What another server has locked
-- is its business. now() is before every lock, and can be looked up in an index.
with changed as materialized (
    select token, due_at, greatest(stamp, (select pg_current_xact_id()::text::bigint)) as new_stamp
    from instance
    where finished_at is null and due_at <= now()
    order by due_at limit $1 for update skip locked
), updated as (
    update instance
    set finished_at = changed.due_at, finish_reason = 'TIMEOUT', stamp = new_stamp
    from changed where instance.token = changed.token
), stored as (
    insert into event (stamp, token, message, created_at, finish_reason)
    select new_stamp, token, '', due_at, 'TIMEOUT' from changed
), told as (
    select pg_notify('statusek', $2::text || string_agg(part, ''))
    from (
        select ',' || token as part, (row_number() over () - 1) / 100 as portion from changed
    ) as parts
    group by portion
)
select token, (select count(*) from told) as told from changed;

-- name: get_instances
select token, model_id, created_at, deadline, due_at, set_ids, finished_at, finish_reason,
    clock_timestamp() as now
from instance where token = any ($1::text[]);

-- name: get_instances_with_events
select instance.token, model_id, instance.created_at, deadline, due_at, set_ids, finished_at,
    instance.finish_reason, clock_timestamp() as now,
    event.status_id, event.message, event.created_at as event_created_at
from instance
left join event on event.token = instance.token and event.status_id is not null
where instance.token = any ($1::text[])
order by event.stamp, event.id;

-- Keys -------------------------------------------------------------------------------------------

-- name: get_key
select body, token from idempotency_key
where key = $1 and created_at > now() - interval '24 hours';

-- name: forget_key
delete from idempotency_key where key = $1 and created_at <= now() - interval '24 hours';

-- name: forget_keys
with old as materialized (
    select key from idempotency_key where created_at <= now() - interval '24 hours'
    order by created_at limit $1 for update skip locked
), forgotten as (
    delete from idempotency_key using old where idempotency_key.key = old.key returning 1
)
select count(*) from forgotten;

-- Listing ----------------------------------------------------------------------------------------

-- name: list_versions
-- Those of an object, and of the objects that have a status, where either is named.
select model.id, named.id as status_id
from model
join object on object.id = model.object_id
left join status as named on named.object_id = object.id and sha256(named.name) = sha256($2::bytea)
where ($1::bytea is null or sha256(object.name) = sha256($1::bytea))
    and ($2::bytea is null or named.id is not null);

-- name: list_instances
-- Newest first. Groups are a version of a model, and open ('') or finished in one way; an index has
-- each of them in order. What else is asked for may not be in an index, and is looked at elsewhere.
select listed.*, clock_timestamp() as now
from unnest($1::integer[]) as version (id)
cross join unnest($2::text[]) as reason (name)
cross join lateral (
    select token, model_id, created_at, deadline, due_at, set_ids, finished_at, finish_reason
    from instance
    where model_id = version.id and coalesce(finish_reason, '') = reason.name
        and created_at >= coalesce(now() - $3::bigint * interval '1 second', '-infinity')
        and created_at <= coalesce(now() - $4::bigint * interval '1 second', 'infinity')
        and (created_at, token) < (coalesce($5::timestamptz, 'infinity'), $6::text)
    order by created_at desc, token desc limit $7
) as listed
order by listed.created_at desc, listed.token desc limit $7;

-- name: get_horizon
-- The oldest transaction that runs, and the next one: nothing will be added before the former.
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xmax;

-- name: list_events
select event.stamp, event.id, event.token, model_id, status_id, message, event.created_at,
    event.finish_reason
from event join instance on instance.token = event.token
where (event.stamp, event.id) > ($1::bigint, $2::bigint)
order by event.stamp, event.id limit $3;

-- Taking over ------------------------------------------------------------------------------------

-- name: lock_taken
-- What is here already.
select token, model_id, created_at, set_ids, finished_at
from instance where token = any ($1::text[]) order by token for update;

-- name: take_instance
insert into instance (token, model_id, created_at, deadline, due_at) values ($1, $2, $3, $4, $4);

-- name: extend_instance
update instance
set model_id = $2, set_ids = set_ids || $3::integer[], finished_at = $4, finish_reason = $5,
    stamp = greatest(stamp, pg_current_xact_id()::text::bigint)
where token = $1;

-- name: take_event
insert into event (stamp, token, status_id, message, created_at, finish_reason)
select stamp, token, $2::integer, $3::bytea, $4::timestamptz, $5::text
from instance where token = $1;

-- name: tell
select pg_notify('statusek', $1);

-- Purging ----------------------------------------------------------------------------------------

-- name: list_old
-- One group, as for list_instances; oldest first.
select token, created_at,
    $6 and finished_at is null
        or coalesce(finished_at, due_at) <= now() - $5::bigint * interval '1 second' as is_old
from instance
where model_id = $1 and coalesce(finish_reason, '') = $2
    and (created_at, token) > ($3::timestamptz, $4::text)
    and created_at <= now() - $5::bigint * interval '1 second'
order by created_at, token limit $7;

-- name: count_events
select count(*) from event where token = any ($1::text[]) and status_id is not null;

-- name: remove_old
-- What another server has locked, or has changed since this statement began, stays: the events of
-- such a change would not be seen here. Every change gives a row another xmin.
with seen as materialized (
    select token, xmin as version from instance
    where token = any ($1::text[])
        and ($3 and finished_at is null
            or coalesce(finished_at, due_at) <= now() - $2::bigint * interval '1 second')
), old as materialized (
    select instance.token
    from instance join seen on seen.token = instance.token and seen.version = instance.xmin
    for update of instance skip locked
), gone as (
    delete from instance using old where instance.token = old.token
), gone_events as (
    delete from event using old where event.token = old.token
)
select count(*) as instances,
    (select count(*) from event join old on old.token = event.token where status_id is not null)
        as events
from old;

-- Global statuses --------------------------------------------------------------------------------

-- name: add_global_status
insert into global_status (name, message, created_at) values ($1, $2, clock_timestamp());
