-- Figures that a source withholds or does not know. A municipality is named where it is a total; cells of a division
-- are counted for the country, for every table of small numbers has hundreds.
{% set dimensions = ['origin_group', 'nationality', 'motive', 'employment', 'sector', 'stay_band'] %}
with cells as (
    select
        *,
        home_area in ('all', 'here')
        {% for dimension in dimensions %}
            and {{ dimension }} = 'all'
        {% endfor %}
            as is_total
    from {{ ref('int_observations__unioned') }}
    where availability in ('suppressed', 'missing') and measure not in ('inhabitants_moved', 'lies_in')
),

withheld as (
    select
        case when is_total then area_type else 'NL' end as area_type,
        case when is_total then area_code else 'NL' end as area_code,
        period_start, period_end, measure, source, synthetic,
        case availability when 'suppressed' then 'suppressed' else 'missing' end as kind,
        bool_or(is_total) as has_total,
        count(*) as cells,
        count(distinct area_code) as areas,
        min(reference_date) as opened,
        max(delivery_id) as delivery_id
    from cells
    group by all
)

select
    area_type, area_code, period_start, period_end, measure, kind,
    case when has_total then 'medium' else 'low' end as severity, source, delivery_id, opened,
    'De bron ' || case kind when 'suppressed' then 'publiceert' else 'kent' end
    || case when has_total then ' een totaal van dit gebied' else ' onderdelen van totalen' end
    || ' niet: ' || cells || case cells when 1 then ' cijfer' else ' cijfers' end
    || case when areas > 1 then ' in ' || areas || ' gebieden' else '' end as explanation_nl,
    'The source does not ' || case kind when 'suppressed' then 'publish' else 'know' end
    || case when has_total then ' a total of this area' else ' parts of totals' end
    || ': ' || cells || case cells when 1 then ' figure' else ' figures' end
    || case when areas > 1 then ' in ' || areas || ' areas' else '' end as explanation_en,
    case
        when not has_total then 'Vraag de bronhouder om een grovere tabel, of gebruik de grenzen'
        when kind = 'suppressed' then 'Gebruik de grenzen; alleen de bronhouder kan dit totaal vrijgeven'
        else 'Vraag de bronhouder om dit totaal'
    end as remedy_nl,
    case
        when not has_total then 'Ask the source for a coarser table, or use the bounds'
        when kind = 'suppressed' then 'Use the bounds; the source alone can release this total'
        else 'Ask the source for this total'
    end as remedy_en,
    synthetic
from withheld
