-- Figures that should agree, compared: a model for each check (intermediate/reconciliation) gives both sides and what
-- may differ; here the difference, the verdict and its reason follow.
{% set checks = [
    'exchanged_vs_own', 'jobs_vs_employees', 'monitor_national_vs_municipalities', 'motives_vs_total',
    'own_brp_per_nationality', 'own_brp_vs_cbs', 'percentages_vs_counts', 'published_vs_computed'
] %}
with compared as (
    {% for check in checks %}
        select * from {{ ref('int_reconciliation__' ~ check) }}
        {{ 'union all by name' if not loop.last }}
    {% endfor %}
),

subtracted as (
    select *, {{ difference('difference', 'left_value', 'right_value') }} from compared
),

judged as (
    select
        *,
        case
            when undecided_nl is not null or allowed is null then 'undecided'
            when difference_high < -allowed then 'differs'
            when is_upper_bound and difference_high is not null then 'agrees'
            when is_upper_bound then 'undecided'
            when difference_low > allowed then 'differs'
            when difference_low is null or difference_high is null then 'undecided'
            else 'agrees'
        end as verdict
    from subtracted
)

select
    check_name, cell, area_type, area_code, period_start, period_end, date_precision, measured_as,
    left_nl as left_name,
    cast(left_value as double) as left_value, cast(left_value_low as double) as left_value_low,
    cast(left_value_high as double) as left_value_high,
    right_nl as right_name,
    cast(right_value as double) as right_value, cast(right_value_low as double) as right_value_low,
    cast(right_value_high as double) as right_value_high,
    cast(difference as double) as difference, cast(difference_low as double) as difference_low,
    cast(difference_high as double) as difference_high,
    allowed, allowed_reason_nl, allowed_reason_en, verdict,
    'Links staat ' || left_nl || ': ' || {{ side_in_words('left_value', 'nl') }} || '; rechts ' || right_nl || ': '
    || {{ side_in_words('right_value', 'nl') }} || '; '
    || case verdict
        when 'agrees'
            then
                'dat kan allebei kloppen, want het verschil past bij wat is toegestaan (' || allowed_reason_nl
                || ').'
        when 'differs'
            then
                'dat kan niet allebei kloppen, want het verschil is groter dan is toegestaan ('
                || allowed_reason_nl || ').'
        else
            'of dat klopt is niet te zeggen: '
            || coalesce(undecided_nl, 'van een van beide zijn de grenzen niet bekend') || '.'
    end as explanation_nl,
    'On the left '
    || left_en
    || ': '
    || {{ side_in_words('left_value', 'en') }}
    || '; on the right '
    || right_en
    || ': '
    || {{ side_in_words('right_value', 'en') }} || '; '
    || case verdict
        when 'agrees'
            then
                'both can be right, as the difference is within what is allowed (' || allowed_reason_en
                || ').'
        when 'differs'
            then
                'they cannot both be right, as the difference is larger than is allowed ('
                || allowed_reason_en || ').'
        else
            'whether that is right cannot be said: '
            || coalesce(undecided_en, 'the bounds of one of them are not known') || '.'
    end as explanation_en,
    unit, universe, edition, version, bound_kind, availability, finality, true as computed, synthetic, delivery_id
from judged
