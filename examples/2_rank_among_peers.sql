-- In which municipalities is the gap per 1,000 inhabitants certainly the largest among those like them?
select
    period_end,
    universe,
    edition,
    version,
    delivery_id,
    area_code,
    value_low,
    value_high,
    rank_low,
    rank_high,
    peer_count,
    synthetic
from peer_comparison
where measure = 'gap' and per = '1,000 residents' and peer_set = 'similar' and rank_high = 1
order by period_end, universe, edition, version, delivery_id, area_code
