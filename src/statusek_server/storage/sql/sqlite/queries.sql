-- Every statement that the SQLite storage runs, apart from the migrations.

-- Connections ------------------------------------------------------------------------------------

-- name: use_wal
-- Readers never wait for the writer, nor it for them.
pragma journal_mode = wal;

-- name: sync_every_commit
-- What was committed survives the loss of power, not only of the process.
pragma synchronous = full;

-- name: enforce_references
pragma foreign_keys = on;

-- name: wait_for_lock
-- Milliseconds; another server on the same file holds its lock for one shared commit.
pragma busy_timeout = 5000;

-- name: refuse_writes
pragma query_only = on;

-- name: begin
begin immediate;

-- name: commit
commit;

-- name: rollback
rollback;

-- name: savepoint
savepoint call;

-- name: release
release call;

-- name: rollback_to_savepoint
rollback to call;

-- name: get_data_version
-- It changes when another connection has changed the file, not when this one has.
pragma data_version;

-- name: ping
select id from instance limit 1;

-- Schema -----------------------------------------------------------------------------------------

-- name: get_schema_version
pragma user_version;

-- name: set_schema_version
pragma user_version = {version};

-- name: get_application_id
pragma application_id;

-- name: set_application_id
-- "stsk" in ASCII: the mark by which a file is known to be a server's.
pragma application_id = 1937011563;

-- name: count_tables
select count(*) from sqlite_master;

-- Models -----------------------------------------------------------------------------------------

-- name: add_object
insert into object (name) values (:name) on conflict (name) do nothing;

-- name: get_object_id
select id from object where name = :name;

-- name: add_status
insert into status (object_id, name) values (:object_id, :name) on conflict (object_id, name) do nothing;

-- name: add_model
insert into model (object_id, fingerprint, definition, created_at)
values (:object_id, :fingerprint, :definition, :now)
on conflict (object_id, fingerprint) do nothing;

-- name: get_model_id
select id from model where object_id = :object_id and fingerprint = :fingerprint;

-- name: get_model
select object_id, definition, created_at from model where id = :id;

-- name: get_status_ids
select name, id from status where object_id = :object_id;

-- Instances --------------------------------------------------------------------------------------

-- name: add_instance
insert into instance (token, model_id, created_at, deadline, silence, due_at)
values (:token, :model_id, :now, :deadline, :silence, :due_at);

-- name: get_instance
select id, model_id, created_at, deadline, silence, due_at, set_ids, finished_at, finish_reason
from instance where token = :token;

-- name: set_status
-- The verdict was taken in the same transaction.
update instance
set set_ids = :set_ids, due_at = :due_at, finished_at = :finished_at, finish_reason = :finish_reason
where id = :id;

-- name: add_event
insert into event (instance_id, status_id, message, created_at)
values (:instance_id, :status_id, :message, :now);

-- name: beat
update instance set due_at = :due_at where id = :id;

-- name: finish
update instance set finished_at = :finished_at, finish_reason = :finish_reason where id = :id;

-- name: get_due
select id, token from instance
where finished_at is null and due_at <= :now order by due_at limit :limit;

-- name: finish_when_due
-- Finished at the time it was due, not at the time somebody noticed.
update instance set finished_at = due_at, finish_reason = :finish_reason where id = :id;

-- name: get_events
select status_id, message, created_at from event where instance_id = :instance_id order by id;

-- Keys -------------------------------------------------------------------------------------------

-- name: get_key
select body, token from idempotency_key where key = :key and created_at > :oldest;

-- name: add_key
-- One that is too old to count is replaced.
insert or replace into idempotency_key (key, body, token, created_at)
values (:key, :body, :token, :now);

-- name: forget_keys
delete from idempotency_key where key in (
    select key from idempotency_key where created_at <= :oldest order by created_at limit :limit
);

-- Listing ----------------------------------------------------------------------------------------

-- name: list_versions
-- Those of an object, and of the objects that have a status, where either is named.
select model.id from model join object on object.id = model.object_id
where (:object_name is null or object.name = :object_name)
    and (:status_name is null or exists (
        select 1 from status where status.object_id = object.id and status.name = :status_name
    ));

-- name: list_instances
-- One group: a version of a model, and open (null) or finished in one way. Newest first.
select created_at, id, token
from instance
where model_id = :model_id and finish_reason is :finish_reason
    and created_at between :oldest and :youngest
    and (created_at < :before or id < (select id from instance where token = :before_token))
order by created_at desc, id desc;

-- name: get_present_mark
select
    (select coalesce(max(id), 0) from event) as event_id,
    (select coalesce(max(id), 0) from timeout) as timeout_id;

-- name: list_events
select event.id, token, status_id, message, event.created_at
from event join instance on instance.id = event.instance_id
where event.id > :after order by event.id limit :limit;

-- name: list_timeouts
select timeout.id, token
from timeout join instance on instance.id = timeout.instance_id
where timeout.id > :after order by timeout.id limit :limit;

-- Taking over ------------------------------------------------------------------------------------

-- name: extend_instance
update instance
set model_id = :model_id, set_ids = :set_ids, finished_at = :finished_at,
    finish_reason = :finish_reason
where id = :id;

-- Purging ----------------------------------------------------------------------------------------

-- name: list_old
-- One group, as for list_instances; oldest first.
select id, created_at, coalesce(finished_at, due_at) from instance
where model_id = :model_id and finish_reason is :finish_reason
    and created_at <= :bound and (created_at, id) > (:created_at, :id)
order by created_at, id limit :limit;

-- name: get_newest
-- The instances of the newest numbers: without them the numbers would be given again.
select instance_id from (select instance_id from event order by id desc limit 1)
union select instance_id from (select instance_id from timeout order by id desc limit 1);

-- name: count_events
select count(*) from event where instance_id = :id;

-- name: remove_events
delete from event where instance_id = :id;

-- name: remove_timeout
delete from timeout where instance_id = :id;

-- name: remove_instance
delete from instance where id = :id;

-- Global statuses --------------------------------------------------------------------------------

-- name: add_global_status
insert into global_status (name, message, created_at) values (:name, :message, :now);
