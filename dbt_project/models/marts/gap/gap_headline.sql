-- The one row for each municipality and year that a BI user should take first. The rule, each line only among those
-- that are equal by the lines above it; the row says by which line it was chosen (docs/decisions/0024).
{% set rule = [
    ('synthetic', 'echte cijfers gaan voor synthetische', 'real figures go before synthetic ones'),
    ('superseded', 'de nieuwste versie van een editie gaat voor oudere',
        'the newest version of an edition goes before older ones'),
    ('gap is null', 'een cijfer gaat voor een onderdrukt of ontbrekend cijfer',
        'a figure goes before a suppressed or missing one'),
    ('not is_one_population', 'werkenden en ingezetenen van één populatie gaan voor die van verschillende populaties',
        'workers and residents of one population go before those of different populations'),
    ('preference', 'de populaties die het dichtst bij elkaar liggen gaan voor, in een vaste volgorde',
        'the universes nearest to each other go first, in a fixed order'),
    ("finality <> 'final'", 'definitieve cijfers gaan voor voorlopige', 'final figures go before provisional ones'),
] %}
with candidates as (
    select
        gap.*,
        pair.same_definition or 'nested' in (gap.relation, gap.relation_claimed)
        or 'same' in (gap.relation, gap.relation_claimed) as is_one_population
    from {{ ref('registration_gap') }} as gap
    inner join {{ ref('universe_pair') }} as pair using (workers_universe, residents_universe)
    where gap.origin_group = 'all'
),

ranked as (
    select
        *,
        row_number() over by_rule as rank,
        {% for condition, _, _ in rule %}
            lead(cast({{ condition }} as bigint)) over by_rule > cast({{ condition }} as bigint)
                as by_{{ loop.index }},
        {% endfor %}
        count(*) over (partition by municipality_code, reporting_year) as candidates
    from candidates
    window by_rule as (
        partition by municipality_code, reporting_year
        order by
            {% for condition, _, _ in rule %}
                {{ condition }} asc,
            {% endfor %}
            reference_date desc, edition desc, length(version) desc, version desc, delivery_id asc
    )
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
        {% for _, because, _ in rule %}
            when by_{{ loop.index }} then 'De eerste van ' || candidates || ' vergelijkingen: {{ because }}.'
        {% endfor %}
        else 'De eerste van ' || candidates || ' vergelijkingen: de nieuwste levering gaat voor.'
    end as why_preferred_nl,
    case
        when candidates = 1 then 'The only comparison for this municipality and year.'
        {% for _, _, because in rule %}
            when by_{{ loop.index }} then 'The first of ' || candidates || ' comparisons: {{ because }}.'
        {% endfor %}
        else 'The first of ' || candidates || ' comparisons: the newest delivery goes first.'
    end as why_preferred_en,
    explanation_nl, explanation_en, unit,
    universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id, cell
from ranked
where rank = 1
