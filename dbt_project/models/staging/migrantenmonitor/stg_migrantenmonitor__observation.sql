-- A version of an edition that was delivered under two dates counts once, as it was delivered last.
select * from ({{ current_rows('migrantenmonitor') }}) as cells
qualify
    dense_rank() over (partition by edition, version, synthetic order by reference_date desc, delivery_id asc) = 1
