-- The whole schema, for reading: what all migrations together make. A server applies only those.
--
-- What callers send is kept as the bytes of its UTF-8, since a text of PostgreSQL cannot hold U+0000.
-- References are not declared where checking them would lock a row that many calls share.

-- One row: which migrations were applied.
create table statusek_schema (
    version integer not null
);

-- An object keeps its number through all versions of its model.
create table object (
    id integer primary key,
    name bytea not null
);

-- Of the hash, since a name can be longer than an index holds.
create unique index object_name on object (sha256(name));

-- A status keeps its number through all versions of its object's model.
create table status (
    id integer primary key,
    object_id integer not null references object (id),
    name bytea not null
);

create unique index status_name on status (object_id, sha256(name));

-- One version of a model; the definition is never changed. mandatory is of the compiled model.
create table model (
    id integer primary key,
    object_id integer not null references object (id),
    fingerprint text not null,
    definition text not null,
    mandatory integer[] not null,
    created_at timestamptz not null,
    unique (object_id, fingerprint)
);

-- What setting a status asks of those that are set already: the compiled model.
create table model_status (
    model_id integer not null references model (id),
    name_hash bytea not null,
    status_id integer not null,
    stops boolean not null,
    need_all integer[] not null,
    need_any integer[] not null,
    forbid integer[] not null,
    primary key (model_id, name_hash)
);

-- The row carries everything that a verdict needs. set_ids are those of status in the order in which
-- they were set; due_at is the deadline, or earlier where silence ends it; stamp is that of the last
-- event. Setting a status changes no indexed column, so that it needs no index, only some free space.
create table instance (
    token text collate "C" primary key,
    model_id integer not null,
    created_at timestamptz not null,
    deadline timestamptz not null,
    silence bigint,
    due_at timestamptz not null,
    set_ids integer[] not null default '{}',
    finished_at timestamptz,
    finish_reason text,
    stamp bigint not null default 0,
    check ((finished_at is null) = (finish_reason is null)),
    -- So that what is told to others has room for many, with commas between.
    check (length(token) <= 60 and position(',' in token) = 0)
) with (fillfactor = 80);

-- For the sweeper: what is open, in the order in which it is due.
create index instance_open_due_at on instance (due_at) where finished_at is null;

-- For listing: the instances of a version that are open ('') or finished in one way, by age.
create index instance_listed on instance (model_id, coalesce(finish_reason, ''), created_at, token);

-- What has happened: a status was set, or, where status_id is null, time has finished an instance.
-- stamp is the transaction that stored it, or a later one that changed the same instance before, so
-- that stamp and id together order the events of an instance, and nothing is ever added before the
-- oldest transaction that runs.
create table event (
    stamp bigint not null,
    id bigint generated always as identity,
    token text collate "C" not null,
    status_id integer,
    message bytea not null,
    created_at timestamptz not null,
    finish_reason text,
    primary key (stamp, id)
);

create unique index event_of_instance on event (token, status_id);

-- What was done for a call that came with a key, so that it is not done twice. Both are hashes.
create table idempotency_key (
    key bytea primary key,
    body bytea not null,
    token text not null,
    created_at timestamptz not null
);

create index idempotency_key_created_at on idempotency_key (created_at);

create table global_status (
    id bigint generated always as identity primary key,
    name bytea not null,
    message bytea not null,
    created_at timestamptz not null
);
