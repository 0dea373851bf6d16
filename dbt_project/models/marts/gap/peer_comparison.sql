-- The headline figures of a municipality among its peers: value and rank (1 is the highest), both as intervals. Only
-- figures of the same universes, edition and year are compared, and a rank is what their bounds allow.
with mine as (
    select figures.*
    from {{ ref('int_peers__figures') }} as figures
    inner join {{ ref('gap_headline') }}
        using (
            municipality_code, reporting_year, workers_universe, residents_universe, edition, version, synthetic,
            universe
        )
    where figures.value_low is not null or figures.value_high is not null
),

sets as (
    select
        peer.peer_set, peer.municipality_code, peer.synthetic, peer.rule_nl, peer.rule_en,
        -- The distance has three decimals: of fewer an engine might round a half otherwise.
        string_agg(
            municipality.municipality_name || coalesce(' (' || format('{:.3f}', peer.distance) || ')', ''), ', '
            order by peer.distance, municipality.municipality_name
        ) as peers
    from {{ ref('peer') }} as peer
    inner join {{ ref('int_municipality') }} as municipality
        on
            peer.peer_code = municipality.municipality_code
            and {{ exists_on('municipality', as_of()) }}
    group by all
),

-- By itself first: of the three that are joined here DuckDB would else take the two largest.
with_peers as materialized (
    select mine.*, peer.peer_set, peer.peer_code
    from mine
    inner join {{ ref('peer') }} as peer
        on mine.municipality_code = peer.municipality_code and mine.synthetic >= peer.synthetic
),

compared as (
    select
        mine.* exclude (peer_code),
        theirs.municipality_name as peer_name,
        -- A bound that is not known excludes nothing.
        coalesce(theirs.value_low > mine.value_high, false) as is_above,
        coalesce(theirs.value_high < mine.value_low, false) as is_below
    from with_peers as mine
    inner join {{ ref('int_peers__figures') }} as theirs
        on
            mine.peer_code = theirs.municipality_code
            and mine.reporting_year = theirs.reporting_year and mine.measure = theirs.measure
            and mine.per = theirs.per
            and mine.workers_universe = theirs.workers_universe
            and mine.residents_universe = theirs.residents_universe
            and mine.edition = theirs.edition and mine.version = theirs.version
            and mine.synthetic = theirs.synthetic
    where theirs.value_low is not null or theirs.value_high is not null
),

ranked as (
    select
        * exclude (peer_name, is_above, is_below),
        cast(1 + count_if(is_above) as bigint) as rank_low,
        cast(1 + count_if(not is_below) as bigint) as rank_high,
        cast(1 + count(*) as bigint) as peer_count,
        string_agg(peer_name, ', ' order by peer_name) filter (where not is_above and not is_below)
            as not_distinguishable_from
    from compared
    group by all
)

select
    'GM' as area_type, ranked.municipality_code as area_code,
    make_date(ranked.reporting_year, 1, 1) as period_start, make_date(ranked.reporting_year, 12, 31) as period_end,
    'year' as date_precision, 'stock' as measured_as,
    ranked.measure, ranked.per, ranked.value, ranked.value_low, ranked.value_high,
    ranked.peer_set, ranked.rank_low, ranked.rank_high, ranked.peer_count, ranked.not_distinguishable_from,
    sets.peers, sets.rule_nl, sets.rule_en,
    ranked.unit, ranked.universe, ranked.edition, ranked.version, ranked.bound_kind, ranked.availability,
    ranked.finality, true as computed, ranked.synthetic, ranked.delivery_id
from ranked
inner join sets
    on ranked.peer_set = sets.peer_set and ranked.municipality_code = sets.municipality_code
