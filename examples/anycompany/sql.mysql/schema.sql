-- The tables of the post "Perform secure database write-backs with Amazon QuickSight", with the
-- types and keys that it leaves open, for MySQL and MariaDB; sql/seed.sql fills them.

create table billing_input_tbl (
  customername       varchar(120)   not null,
  bgcheckrequired    varchar(3)     not null,
  skill              varchar(80)    not null,
  shift              varchar(20)    not null,
  state              varchar(2)     not null,
  jobdutydescription varchar(200)   not null,
  cost               decimal(12, 2) not null,
  primary key (customername, bgcheckrequired, skill, shift, state, jobdutydescription)
) engine = InnoDB, character set utf8mb4;

create table local_pricing (
  state varchar(2)    not null primary key,
  rate  decimal(6, 4) not null
) engine = InnoDB, character set utf8mb4;

-- One row for each step of a quote; the newest one is where the quote stands.
create table tbquote (
  quote_id           varchar(64)    not null,
  cust               varchar(120)   not null,
  bgc                varchar(3)     not null,
  skilledtrades      varchar(80)    not null,
  shift              varchar(20)    not null,
  state              varchar(2)     not null,
  jobdutydescription varchar(200)   not null,
  cost               decimal(12, 2) not null,
  price              decimal(12, 2) not null,
  discount           decimal(5, 2)  not null,
  note               varchar(500),
  status             varchar(20)    not null,
  created_by         varchar(120)   not null,
  created_at         datetime(6) not null,
  receipt_id         varchar(64)    not null primary key
) engine = InnoDB, character set utf8mb4;

-- The newest row of a quote, and the quote of a combination.
create index tbquote_quote on tbquote (quote_id, created_at);
create index tbquote_combination on tbquote (cust, skilledtrades, state, shift);

-- The post's view without its digest column: Signet signs the rows that it shows, when it shows them.
create view quote_gen_vw as select * from billing_input_tbl;
