-- 20,000 distinct lines of the price list, the states' rates, and pgbench's own table, which is
-- like the one that Signet writes: same columns, same indexes.
insert into local_pricing (state, rate) values
  ('AZ', 1.2450), ('CA', 1.4200), ('CO', 1.3125), ('FL', 1.2600), ('GA', 1.2375),
  ('IL', 1.3050), ('NY', 1.3950), ('OH', 1.2225), ('TX', 1.2800), ('WA', 1.3550);

insert into billing_input_tbl (customername, bgcheckrequired, skill, shift, state, jobdutydescription, cost)
select 'Customer ' || lpad((n % 500)::text, 3, '0'), case n % 2 when 0 then 'Yes' else 'No' end,
  'Skill ' || (n / 500 % 10), (array['Day', 'Evening', 'Night', 'Weekend'])[1 + n / 5000 % 4],
  (array['AZ', 'CA', 'CO', 'FL', 'GA', 'IL', 'NY', 'OH', 'TX', 'WA'])[1 + n % 10],
  'Duty of line ' || n, 2000 + n * 0.37
from generate_series(0, 19999) n;

create table peer (like tbquote including all);
create sequence peer_receipt;
-- The written tables are left as they are on a new server: never analyzed.
analyze billing_input_tbl;
analyze local_pricing;
