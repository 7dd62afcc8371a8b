-- Times are microseconds since 1970-01-01T00:00:00Z.

-- An object keeps its number through all versions of its model.
create table object (
    id integer primary key,
    name text not null unique
);

-- A status keeps its number through all versions of its object's model.
create table status (
    id integer primary key,
    object_id integer not null references object (id),
    name text not null,
    unique (object_id, name)
);

-- One version of a model; the definition is never changed.
create table model (
    id integer primary key,
    object_id integer not null references object (id),
    fingerprint text not null,
    definition text not null,
    created_at integer not null,
    unique (object_id, fingerprint)
);

-- The row carries everything that a verdict needs. set_ids is a JSON array of status.id in the
-- order in which they were set; due_at is the deadline, or earlier where silence ends it.
create table instance (
    id integer primary key,
    token text not null unique,
    model_id integer not null references model (id),
    created_at integer not null,
    deadline integer not null,
    silence integer,
    due_at integer not null,
    set_ids text not null default '[]',
    finished_at integer,
    finish_reason text,
    check ((finished_at is null) = (finish_reason is null))
);

-- For the sweeper: what is open, in the order in which it is due.
create index instance_open_due_at on instance (due_at) where finished_at is null;

-- The numbers grow in the order in which the statuses were set.
create table event (
    id integer primary key,
    instance_id integer not null references instance (id),
    status_id integer not null references status (id),
    message text not null,
    created_at integer not null,
    unique (instance_id, status_id)
);

create table global_status (
    id integer primary key,
    name text not null,
    message text not null,
    created_at integer not null
);
