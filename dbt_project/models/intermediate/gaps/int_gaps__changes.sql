-- Changes of a municipality that the other municipalities do not share and that bounds cannot explain: from one year to
-- the next that is known, and from one edition to the next that tells of the same day. Who changed borders in between
-- is no measure for others, nor are the others for it: it is judged by the factor alone.
with figures as (
    select
        'workers' as measure, area_code, borders_of, origin_group, universe, edition, version, source, reference_date,
        synthetic, delivery_id, workers as figure, workers_low as figure_low, workers_high as figure_high
    from {{ ref('int_workers') }}
    where next_vintage is null
    union all by name
    select
        'residents' as measure, area_code, borders_of, origin_group, universe, edition, version, source,
        reference_date, synthetic, delivery_id, residents as figure, residents_low as figure_low,
        residents_high as figure_high
    from {{ ref('int_residents') }}
    where next_vintage is null and source <> 'brp'
    union all by name
    -- The registers of every date that is counted, and not of the turns of the year alone.
    select
        case register when 'brp' then 'residents' else 'non_residents' end as measure, area_code,
        counted_on as borders_of, origin_group, universe, cast(counted_on as varchar) as edition, '1' as version,
        register as source, counted_on as reference_date, synthetic, delivery_id, persons as figure,
        persons_low as figure_low, persons_high as figure_high
    from {{ ref('int_registered__protected') }}
    where universe in ('brp_residents_foreign_nationality', 'rni_temporary_address') and stay_band = 'all'
),

-- Of a day that several editions tell of the newest is a link of the series.
ordered as (
    select
        *,
        row_number() over (
            partition by measure, area_code, origin_group, universe, synthetic, borders_of
            order by edition desc, length(version) desc, version desc, delivery_id desc
        ) as place
    from figures
    where figure_high is not null
),

links as (
    select * from ordered
    where place = 1
),

pairs as (
    select
        *,
        lag(borders_of) over series as earlier_on, cast(null as varchar) as earlier_edition,
        lag(figure) over series as earlier, lag(figure_low) over series as earlier_low,
        lag(figure_high) over series as earlier_high
    from links
    window series as (partition by measure, area_code, origin_group, universe, synthetic order by borders_of)
    union all by name
    select
        links.*, older.borders_of as earlier_on, older.edition as earlier_edition,
        older.figure as earlier, older.figure_low as earlier_low, older.figure_high as earlier_high
    from links
    inner join ordered as older using (measure, area_code, origin_group, universe, synthetic, borders_of)
    where older.place = 2
),

-- Who changed borders in between.
crossed as (
    select distinct pairs.area_code, pairs.earlier_on, pairs.borders_of
    from pairs
    inner join {{ ref('int_municipality__changes') }} as moved
        on
            pairs.area_code in (moved.old_code, moved.new_code)
            and pairs.earlier_on < moved.changed_on and pairs.borders_of >= moved.changed_on
),

bordered as (
    select pairs.*, crossed.area_code is not null as has_other_borders
    from pairs
    left join crossed
        on
            pairs.area_code = crossed.area_code
            and pairs.earlier_on = crossed.earlier_on and pairs.borders_of = crossed.borders_of
    where pairs.earlier_on is not null
),

-- As logarithms, so that to double is as far as to halve. A small count is taken for the smallest that can tell.
{% set floor = var('implausible_from') %}
changes as (
    select
        *,
        case
            when figure is not null and earlier is not null
                then ln(greatest(figure, {{ floor }}) / greatest(earlier, {{ floor }}))
        end as change,
        ln(greatest(figure_low, {{ floor }}) / greatest(earlier_high, {{ floor }})) as change_low,
        ln(greatest(figure_high, {{ floor }}) / greatest(earlier_low, {{ floor }})) as change_high
    from bordered
),

{% set group = [
    'measure', 'origin_group', 'universe', 'synthetic', 'earlier_on', 'borders_of', 'edition', 'earlier_edition'
] %}
-- What is usual: of the same figure between the same days.
middles as (
    select
        *,
        count(change) filter (where not has_other_borders) over usual as peers,
        coalesce(median(change) filter (where not has_other_borders) over usual, 0) as middle
    from changes
    window usual as (partition by {{ group | join(', ') }})
),

spreads as (
    select
        *,
        1.4826 * coalesce(median(abs(change - middle)) filter (where not has_other_borders) over usual, 0) as spread
    from middles
    window usual as (partition by {{ group | join(', ') }})
),

-- Where nearly all of them jump, or there are few, what is usual does not show.
usual as (
    select
        *,
        peers > {{ var('implausible_peers') }} and abs(middle) < ln({{ var('implausible_factor_alone') }})
        and not has_other_borders
            as is_usual
    from spreads
),

judged as (
    select
        *,
        case when is_usual then middle else 0 end as expected_change,
        case
            when is_usual
                then greatest({{ var('implausible_deviations') }} * spread, ln({{ var('implausible_factor') }}))
            else ln({{ var('implausible_factor_alone') }})
        end as allowed
    from usual
    -- What a declared break did to a series only the others show.
    anti join {{ source('catalogue', 'series_break') }} as broken
        on
            not usual.is_usual and usual.universe = broken.universe
            and usual.earlier_on < broken.since and usual.borders_of >= broken.since
),

-- A factor of ten or a thousand is a unit or a nought too many rather than people.
outliers as (
    select
        *,
        greatest(change_low - expected_change, expected_change - change_high) as beyond,
        ln(case when figure > 0 and earlier > 0 then figure / earlier end) - expected_change as jump,
        case
            {% for factor in [10, 100, 1000] %}
                when abs(abs(jump) - ln({{ factor }})) < 0.1 then {{ factor }}
            {% endfor %}
        end as unit_factor
    from judged
    where change_low - expected_change > allowed or expected_change - change_high > allowed
),

labels as (
    select distinct origin_group, label_nl, label_en from {{ ref('origin_group') }}
),

counted as (
    select
        measure, source, synthetic, earlier_on, borders_of, count(distinct area_code) as areas,
        count(distinct area_code) <= {{ var('named_municipalities') }} as is_named
    from outliers
    group by all
),

-- The groups of origin in which it shows are one gap, told by the one that shows it most; of many municipalities too.
told as (
    select
        outliers.*, counted.areas, counted.is_named,
        coalesce(labels.label_nl, outliers.origin_group) as label_nl,
        coalesce(labels.label_en, outliers.origin_group) as label_en
    from outliers
    inner join counted using (measure, source, synthetic, earlier_on, borders_of)
    left join labels using (origin_group)
    qualify row_number() over (
        partition by
            outliers.measure, outliers.source, outliers.synthetic, outliers.earlier_on, outliers.borders_of,
            case when counted.is_named then outliers.area_code end
        order by outliers.beyond desc, outliers.area_code asc, outliers.universe asc, outliers.origin_group asc
    ) = 1
)

select
    case when is_named then 'GM' else 'NL' end as area_type,
    case when is_named then area_code else 'NL' end as area_code,
    earlier_on as period_start, borders_of as period_end, measure, 'implausible' as kind,
    case when unit_factor is null then 'medium' else 'high' end as severity,
    source, delivery_id, reference_date as opened,
    case when is_named then '' else areas || ' gemeenten, het sterkst ' || area_code || ', ' end
    || label_nl || ': ' || {{ figure_nl('earlier') }} || ' op ' || earlier_on
    || coalesce(' (editie ' || earlier_edition || ')', '')
    || ' en ' || {{ figure_nl('figure') }} || ' op ' || borders_of
    || case when earlier_edition is not null then ' (editie ' || edition || ')' else '' end
    || case
        when is_usual
            then '; bij andere gemeenten is de verandering in het midden ' || round(exp(middle), 2) || ' maal'
        when has_other_borders
            then '; de grenzen veranderden daartussen, wat zo een verschil zelden verklaart'
        else '; andere gemeenten laten niet zien wat gewoon is'
    end
    || coalesce('. Het lijkt een factor ' || unit_factor || ': een andere eenheid, of een nul te veel', '')
        as explanation_nl,
    case when is_named then '' else areas || ' municipalities, most of all ' || area_code || ', ' end
    || label_en || ': ' || {{ figure_en('earlier') }} || ' on ' || earlier_on
    || coalesce(' (edition ' || earlier_edition || ')', '')
    || ' and ' || {{ figure_en('figure') }} || ' on ' || borders_of
    || case when earlier_edition is not null then ' (edition ' || edition || ')' else '' end
    || case
        when is_usual
            then '; the median change of other municipalities is ' || round(exp(middle), 2) || ' times'
        when has_other_borders
            then '; the borders changed in between, which seldom explains such a difference'
        else '; other municipalities do not show what is usual'
    end
    || coalesce('. It looks like a factor ' || unit_factor || ': another unit, or a nought too many', '')
        as explanation_en,
    'Zoek beide cijfers op in hun bron en kijk of zij hetzelfde gebied en dezelfde mensen tellen; gebruik ze tot dan '
    || 'niet samen' as remedy_nl,
    'Look up both figures in their source and see whether they count the same area and the same people; until then do '
    || 'not use them together' as remedy_en,
    synthetic
from told
