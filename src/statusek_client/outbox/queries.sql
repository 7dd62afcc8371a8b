-- The queries of the outbox, each one statement under its name.

-- name: application
pragma application_id

-- name: version
pragma user_version

-- name: has_tables
select exists (select 1 from sqlite_schema)

-- name: use_wal
pragma journal_mode = wal

-- name: sync_every_commit
pragma synchronous = extra

-- name: begin
begin immediate

-- name: mark
pragma application_id = 1400131426

-- name: mark_version
pragma user_version = 1

-- name: schema
create table post (
    id integer primary key autoincrement,  -- the order in which the statuses were set
    server text not null,           -- where it belongs: a URL without credentials
    token text not null,
    status_name text not null,
    status_message text,
    key text not null,              -- the idempotency key: the same post again is the same set
    size integer not null,          -- bytes of all its texts
    made real not null,             -- seconds since 1970, by the clock of the machine that set it
    is_doubtful integer not null,   -- 1: a try of unknown fate may have arrived
    trouble text,                   -- what the last try ended in
    missing_since real,             -- when a server first did not find what it is about
    refusal text                    -- why the server refused it; null while it is pending
)

-- name: index
create index post_in_order on post (server, token, id) where refusal is null

-- name: total
create table total (                -- what is kept, so that a limit costs no count of rows
    posts integer not null,
    bytes integer not null
)

-- name: nothing_yet
insert into total values (0, 0)

-- name: count_in
create trigger count_in after insert on post begin
    update total set posts = posts + 1, bytes = bytes + new.size;
end

-- name: count_out
create trigger count_out after delete on post begin
    update total set posts = posts - 1, bytes = bytes - old.size;
end

-- name: add
insert into post (server, token, status_name, status_message, key, size, made, is_doubtful, trouble)
select :server, :token, :status_name, :status_message, :key, :size, :made, :is_doubtful, :trouble
from total where posts < :limit and bytes + :size <= :limit_bytes

-- name: pending
select id, server, token, status_name, status_message, key, made, is_doubtful, trouble,
    missing_since, refusal
from post where refusal is null and (:server is null or server = :server) order by id

-- name: refused
select id, server, token, status_name, status_message, key, made, is_doubtful, trouble,
    missing_since, refusal
from post where refusal is not null and (:server is null or server = :server) order by id

-- name: count
select
    count(*) filter (where refusal is null),
    count(*) filter (where refusal is not null)
from post where server = :server

-- name: is_pending
select exists (select 1 from post where server = :server and refusal is null)

-- name: holds
select exists (select 1 from post where server = :server and token = :token and refusal is null)

-- name: tokens
-- The instances of a server that have pending posts, the one with the oldest first.
select token from post where server = :server and refusal is null group by token order by min(id)

-- name: next
select id, server, token, status_name, status_message, key, made, is_doubtful, trouble,
    missing_since, refusal
from post where server = :server and token = :token and refusal is null order by id limit 1

-- name: doubt
-- Before a post is sent: whoever finds it after a crash has to ask whether it has arrived.
update post set is_doubtful = 1 where id = :id

-- name: keep
update post set is_doubtful = :is_doubtful, trouble = :trouble, missing_since = :missing_since
where id = :id

-- name: refuse
update post set refusal = :refusal where id = :id

-- name: retry
update post set refusal = null, trouble = null, missing_since = null where id = :id

-- name: remove
delete from post where id = :id
