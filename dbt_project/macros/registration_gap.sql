{# Workers against residents for every declared pair of universes, all bases and editions side by side, on the borders
   of a day: an expression over reporting_year. #}
{% macro registration_gap_on(on) -%}
with paired as (
    select
        workers.area_code as municipality_code,
        workers.reporting_year,
        workers.origin_group,
        workers.universe as workers_universe,
        residents.universe as residents_universe,
        pair.relation, pair.relation_claimed, pair.preference,
        pair.reason_nl as relation_reason_nl, pair.reason_en as relation_reason_en,
        workers.workers, workers.workers_low, workers.workers_high, workers.workplace_basis,
        -- As in registered_current: a share of a protected count would be a count that nobody rounded.
        case
            when residents.bound_kind <> 'weights' or residents.source <> 'brp' then residents.residents
        end as residents,
        residents.residents_low, residents.residents_high,
        -- Only where residents are nested in workers is the difference a number of persons; where the figures cannot
        -- nest, the claim does not hold (int_gaps__nested).
        'nested' in (pair.relation, pair.relation_claimed)
        and coalesce(residents.residents_low <= workers.workers_high, true) as is_nested,
        {{ both('workers.universe', 'residents.universe') }} as universe,
        {{ both('workers.edition', 'residents.edition') }} as edition,
        {{ both('workers.version', 'residents.version') }} as version,
        {{ both('workers.delivery_id', 'residents.delivery_id') }} as delivery_id,
        {{ worse('availability', 'workers.availability', 'residents.availability') }} as availability,
        {{ worse('bound_kind', 'workers.bound_kind', 'residents.bound_kind') }} as bound_kind,
        {{ worse('finality', 'workers.finality', 'residents.finality') }} as finality,
        {{ cells_in_words('workers.cells') }} || ' + ' || {{ cells_in_words('residents.cells') }} as cell,
        greatest(workers.reference_date, residents.reference_date) as reference_date,
        workers.next_vintage is not null or residents.next_vintage is not null as superseded,
        workers.synthetic
    from (
        {{ restated(
            ref('int_workers'), ['workers'],
            ['reporting_year', 'borders_of', 'origin_group', 'workplace_basis', 'source', 'reference_date', 'universe',
            'edition', 'version', 'vintage', 'next_vintage', 'synthetic', 'delivery_id'],
            on='borders_of', to=on, lists=['cells']
        ) }}
    ) as workers
    inner join {{ ref('universe_pair') }} as pair
        on workers.universe = pair.workers_universe
    inner join
        (
            {{ restated(
                ref('int_residents'), ['residents'],
                ['reporting_year', 'borders_of', 'origin_group', 'source', 'reference_date', 'universe', 'edition',
                'version', 'vintage', 'next_vintage', 'synthetic'],
                on='borders_of', to=on, lists=['cells']
            ) }}
        ) as residents
        on
            pair.residents_universe = residents.universe
            and workers.area_code = residents.area_code
            and workers.reporting_year = residents.reporting_year
            and workers.origin_group = residents.origin_group
            -- Within one source only figures of one edition belong together, as it stood at one time: a version that
            -- gave some tables anew left the others as they were.
            and (
                workers.source <> residents.source
                or (
                    workers.edition = residents.edition
                    and greatest(workers.vintage, residents.vintage) < coalesce(workers.next_vintage, 1000)
                    and greatest(workers.vintage, residents.vintage) < coalesce(residents.next_vintage, 1000)
                )
            )
            -- Real and synthetic never meet in one figure.
            and workers.synthetic = residents.synthetic
),

subtracted as (
    select
        *,
        {{ on }} as borders_of,
        {{ difference('gap', 'workers', 'residents') }},
        {{ ratio('registered_share', 'residents', 'workers', when='is_nested') }}
    from paired
),

labels as (
    select distinct
        origin_group,
        label_nl as origin_label_nl,
        label_en as origin_label_en
    from {{ ref('origin_group') }}
),

-- With the words in which a person is told of it.
worded as (
    select
        subtracted.*,
        coalesce(labels.origin_label_nl, origin_group) as origin_label_nl,
        coalesce(labels.origin_label_en, origin_group) as origin_label_en,
        workers_universe.title_nl as workers_title_nl, workers_universe.title_en as workers_title_en,
        residents_universe.title_nl as residents_title_nl, residents_universe.title_en as residents_title_en,
        coalesce(area.area_name, subtracted.municipality_code) as area_name
    from subtracted
    left join labels using (origin_group)
    inner join {{ ref('universe') }} as workers_universe
        on subtracted.workers_universe = workers_universe.universe
    inner join {{ ref('universe') }} as residents_universe
        on subtracted.residents_universe = residents_universe.universe
    left join {{ ref('area') }} as area
        on
            area.area_type = 'GM'
            and subtracted.municipality_code = area.area_code
            and {{ exists_on('area', 'subtracted.borders_of') }}
),

explained as (
    select
        *,
        {{ gap_explanation_nl() }} as explanation_nl,
        {{ gap_explanation_en() }} as explanation_en
    from worded
)

select
    explained.municipality_code,
    explained.area_name as municipality_name,
    explained.reporting_year,
    explained.origin_group,
    explained.workers_universe, explained.residents_universe,
    explained.workers, explained.workers_low, explained.workers_high, explained.workplace_basis,
    explained.residents, explained.residents_low, explained.residents_high,
    explained.gap, explained.gap_low, explained.gap_high,
    -- No fewer than none and no more than all, whatever the rounding of both would allow.
    case when is_nested and explained.gap >= 0 then explained.gap end as not_resident_here,
    case when is_nested then greatest(explained.gap_low, 0) end as not_resident_here_low,
    case when is_nested then explained.gap_high end as not_resident_here_high,
    case when explained.registered_share <= 100 then explained.registered_share end as registered_share,
    explained.registered_share_low,
    case when explained.registered_share_high > 100 then 100 else explained.registered_share_high end
        as registered_share_high,
    non_residents.non_residents_here, non_residents.non_residents_here_low, non_residents.non_residents_here_high,
    coalesce(non_residents.availability, 'missing') as non_residents_here_availability,
    explained.relation, explained.relation_claimed, explained.relation_reason_nl, explained.relation_reason_en,
    explained.explanation_nl,
    explained.explanation_en,
    explained.preference,
    explained.superseded,
    explained.reference_date,
    'persons' as unit,
    explained.universe, explained.edition, explained.version, explained.bound_kind, explained.availability,
    explained.finality, true as computed, explained.synthetic, explained.delivery_id, explained.cell
from explained
left join
    (
        {{ restated(
            ref('int_non_residents'), ['non_residents_here'],
            ['reporting_year', 'borders_of', 'origin_group', 'synthetic'],
            on='borders_of', to=on
        ) }}
    ) as non_residents
    on
        explained.municipality_code = non_residents.area_code
        and explained.reporting_year = non_residents.reporting_year
        and explained.origin_group = non_residents.origin_group
        and explained.synthetic = non_residents.synthetic
{%- endmacro %}
