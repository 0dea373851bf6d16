-- The one row for each municipality and year that a BI user should take first. Order: real before synthetic, what no
-- newer version replaced, a figure before a withheld one, then the preference that was declared with the pair of
-- universes, final before provisional, then the newest delivery.
with ranked as (
    select
        *,
        row_number() over (
            partition by municipality_code, reporting_year
            order by
                synthetic asc, superseded asc, gap is null, preference asc, finality <> 'final', reference_date desc,
                edition desc, length(version) desc, version desc, delivery_id asc
        ) as rank,
        count(*) over (partition by municipality_code, reporting_year) as candidates
    from {{ ref('registration_gap') }}
    where origin_group = 'all'
)

select
    municipality_code, municipality_name, reporting_year,
    workers, workers_low, workers_high,
    residents, residents_low, residents_high,
    gap, gap_low, gap_high,
    registered_share, registered_share_low, registered_share_high,
    relation, relation_claimed, workers_universe, residents_universe,
    case
        when candidates = 1 then 'De enige vergelijking voor deze gemeente en dit jaar.'
        else
            'Gekozen uit '
            || candidates
            || ' vergelijkingen: echt gaat voor synthetisch, de nieuwste versie van een editie voor oudere, een cijfer'
            || ' voor een onderdrukt cijfer, dan de populaties die het dichtst bij elkaar liggen, definitief voor'
            || ' voorlopig, dan de nieuwste levering.'
    end as why_preferred_nl,
    case
        when candidates = 1 then 'The only comparison for this municipality and year.'
        else
            'Chosen from ' || candidates || ' comparisons: real before synthetic, the newest version of an edition'
            || ' before older ones, a figure before a suppressed one, then the universes nearest to each other, final'
            || ' before provisional, then the newest delivery.'
    end as why_preferred_en,
    explanation_nl, explanation_en, unit,
    universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
from ranked
where rank = 1
