-- What no demo has: hostile and endless words, many rows, a table without any.
insert into billing_input_tbl (customername, bgcheckrequired, skill, shift, state, jobdutydescription, cost) values
  ('<img src=x onerror="window.pwned=1">', 'No', '<b>bold</b>', 'Day', 'TX', '"><script>window.pwned=1</script>', 100.00),
  ('javascript:window.pwned=1', 'No', '{{7*7}}${7*7}', 'Day', 'TX', '=HYPERLINK("http://example.com")', 200.00),
  ('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft Wien Aktiengesellschaft & Söhne', 'No',
   'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzprüferin', 'Day', 'TX',
   'Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnungen lesen, prüfen, vergleichen, ablegen und wieder holen', 1234567.89),
  ('مستشفى الملك خالد', 'No', '看護師', 'Day', 'TX', 'שלום עולם 👩‍⚕️', 0.01);

create table many as
select
  i as id,
  'Customer ' || lpad(cast(i % 997 as varchar), 4, '0') as customer,
  ['AZ', 'CA', 'CO', 'FL', 'GA', 'IL', 'NY', 'OH', 'TX', 'WA'][1 + i % 10] as state,
  cast((i * 7919) % 1000000 as decimal(12, 2)) / 100 as amount,
  timestamp '2026-01-01 00:00:00' + i * interval '7 minutes' as at,
  case when i % 7 = 0 then null else i % 3 = 0 end as open
from range(50000) t(i);

create table nothing (id integer primary key, word varchar(40), amount decimal(12, 2));
