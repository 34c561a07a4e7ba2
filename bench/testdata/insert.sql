\set n random(0, 19999)
\set discount random(0, 30)
insert into peer (quote_id, cust, bgc, skilledtrades, shift, state, jobdutydescription, cost, price, discount, note, status, created_by, created_at, receipt_id)
values ('Q-' || lpad(:n::text, 10, '0'), 'Customer 017', 'Yes', 'Skill 7', 'Night', 'TX', 'Duty of line ' || :n, 2000 + :n * 0.37, 2560 + :n * 0.45, :discount, 'under load', 'generated', 'ana', now(), lpad(nextval('peer_receipt')::text, 26, '0'));
