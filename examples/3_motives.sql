-- Why did the registered migrants come, in percentages that the bounds of the counts allow?
with motives as (
    select *
    from migration_motive
    where
        area_code = '0394' and period_end = date '2023-12-31' and origin_group = 'all'
        and motive not in ('all', 'ukraine_and_unknown') and availability = 'available' and superseded is not true
)

select
    period_start,
    universe,
    edition,
    version,
    delivery_id,
    motive,
    persons_low,
    persons_high,
    floor(1000.0 * persons_low / (sum(persons_high) over one - persons_high + persons_low)) / 10 as share_low,
    ceil(1000.0 * persons_high / (sum(persons_low) over one - persons_low + persons_high)) / 10 as share_high,
    synthetic
from motives
-- Of several documents each is a whole of its own.
window one as (partition by period_start, universe, edition, version, delivery_id)
order by period_start, universe, edition, version, delivery_id, motive
