-- Workers against residents for every declared pair of universes, all bases and editions side by side.
with paired as (
    select
        workers.municipality_code,
        workers.reporting_year,
        workers.origin_group,
        workers.universe as workers_universe,
        residents.universe as residents_universe,
        pair.relation, pair.relation_claimed, pair.preference,
        pair.reason_nl as relation_reason_nl, pair.reason_en as relation_reason_en,
        workers.workers, workers.workers_low, workers.workers_high, workers.workplace_basis,
        residents.residents, residents.residents_low, residents.residents_high,
        -- Only where residents are nested in workers is the difference a number of persons.
        'nested' in (pair.relation, pair.relation_claimed) as is_nested,
        {{ both('workers.universe', 'residents.universe') }} as universe,
        {{ both('workers.edition', 'residents.edition') }} as edition,
        {{ both('workers.version', 'residents.version') }} as version,
        {{ both('workers.delivery_id', 'residents.delivery_id') }} as delivery_id,
        {{ worse_availability('workers.availability', 'residents.availability') }} as availability,
        {{ worse_bound_kind('workers.bound_kind', 'residents.bound_kind') }} as bound_kind,
        {{ worse_finality('workers.finality', 'residents.finality') }} as finality,
        workers.synthetic
    from {{ ref('int_workers') }} as workers
    inner join {{ ref('universe_pair') }} as pair
        on workers.universe = pair.workers_universe
    inner join {{ ref('int_residents') }} as residents
        on
            pair.residents_universe = residents.universe
            and workers.municipality_code = residents.municipality_code
            and workers.reporting_year = residents.reporting_year
            and workers.origin_group = residents.origin_group
            -- Real and synthetic never meet in one figure.
            and workers.synthetic = residents.synthetic
),

subtracted as (
    select
        *,
        workers - residents as gap,
        workers_low - residents_high as gap_low,
        workers_high - residents_low as gap_high,
        case when is_nested and workers > 0 then 100.0 * residents / workers end as registered_share,
        case when is_nested and workers_high > 0 then 100.0 * residents_low / workers_high end as registered_share_low,
        case
            when is_nested and workers_low > 0 then least(100.0, 100.0 * residents_high / workers_low)
        end as registered_share_high
    from paired
)

select
    subtracted.municipality_code,
    area.area_name as municipality_name,
    subtracted.reporting_year,
    subtracted.origin_group,
    subtracted.workers_universe, subtracted.residents_universe,
    subtracted.workers, subtracted.workers_low, subtracted.workers_high, subtracted.workplace_basis,
    subtracted.residents, subtracted.residents_low, subtracted.residents_high,
    subtracted.gap, subtracted.gap_low, subtracted.gap_high,
    case when is_nested then subtracted.gap end as not_resident_here,
    case when is_nested then greatest(subtracted.gap_low, 0) end as not_resident_here_low,
    case when is_nested then subtracted.gap_high end as not_resident_here_high,
    subtracted.registered_share, subtracted.registered_share_low, subtracted.registered_share_high,
    non_residents.non_residents_here, non_residents.non_residents_here_low, non_residents.non_residents_here_high,
    coalesce(non_residents.availability, 'missing') as non_residents_here_availability,
    subtracted.relation, subtracted.relation_claimed, subtracted.relation_reason_nl, subtracted.relation_reason_en,
    {{ gap_explanation_nl() }} as explanation_nl,
    {{ gap_explanation_en() }} as explanation_en,
    subtracted.preference,
    'persons' as unit,
    subtracted.universe, subtracted.edition, subtracted.version, subtracted.bound_kind, subtracted.availability,
    subtracted.finality, true as computed, subtracted.synthetic, subtracted.delivery_id
from subtracted
left join {{ ref('int_non_residents') }} as non_residents
    on
        subtracted.municipality_code = non_residents.municipality_code
        and subtracted.reporting_year = non_residents.reporting_year
        and subtracted.origin_group = non_residents.origin_group
        and subtracted.synthetic = non_residents.synthetic
left join {{ ref('area') }} as area
    on
        area.area_type = 'GM'
        and subtracted.municipality_code = area.area_code
        and (area.valid_to is null or area.valid_to > make_date(subtracted.reporting_year, 12, 31))
        and (area.valid_from is null or area.valid_from <= make_date(subtracted.reporting_year, 12, 31))
