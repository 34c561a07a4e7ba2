-- Every step of every quote; newest marks where a quote stands now.
select
  quote_id, cust, bgc, skilledtrades, shift, state, jobdutydescription,
  cost, price, discount, note, status, created_by, created_at, receipt_id,
  row_number() over (partition by quote_id order by created_at desc, receipt_id desc) = 1 as newest
from tbquote
