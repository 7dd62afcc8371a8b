-- For listing: the instances of a version that are open (null) or finished in one way, by age.
create index instance_listed on instance (model_id, finish_reason, created_at);

-- The numbers grow in the order in which instances were finished by time. No event says so, and
-- finished_at is when it was due, not when it was noticed.
create table timeout (
    id integer primary key,
    instance_id integer not null unique references instance (id)
);

create trigger instance_timed_out after update of finish_reason on instance
when old.finish_reason is null and new.finish_reason = 'TIMEOUT'
begin
    insert into timeout (instance_id) values (new.id);
end;
