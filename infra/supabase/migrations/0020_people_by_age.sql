-- Retention removes the names of people who did nothing for long, and goes from the oldest one on.

create index people_by_age on captionacc.people (noted_at);
comment on column captionacc.people.noted_at is
    'When the person last did something, to the day; earlier where this was not noted daily yet.';
