-- The queries of the outbox, each under its name.

-- name: schema
create table if not exists post (
    id integer primary key,         -- the order in which the statuses were set
    token text not null,
    status_name text not null,
    status_message text,
    key text not null,              -- the idempotency key: the same post again is the same set
    made real not null,             -- seconds since 1970, by the clock of the machine that set it
    is_doubtful integer not null,   -- 1: a try of unknown fate may have arrived
    refusal text                    -- why the server refused it; null while it is pending
) strict

-- name: index
create index if not exists post_of_token on post (token, id) where refusal is null

-- name: add
insert into post (token, status_name, status_message, key, made, is_doubtful)
select :token, :status_name, :status_message, :key, :made, :is_doubtful
where (select count(*) from post) < :limit

-- name: pending
select id, token, status_name, status_message, key, made, is_doubtful, refusal
from post where refusal is null order by id

-- name: refused
select id, token, status_name, status_message, key, made, is_doubtful, refusal
from post where refusal is not null order by id

-- name: holds
select exists (select 1 from post where token = :token and refusal is null)

-- name: doubt
update post set is_doubtful = 1 where id = :id

-- name: refuse
update post set refusal = :refusal where id = :id

-- name: remove
delete from post where id = :id
