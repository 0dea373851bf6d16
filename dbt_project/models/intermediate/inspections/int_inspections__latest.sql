-- Each case as the newest snapshot that still showed it tells it, in all its rows: what that snapshot no longer says of
-- it lapsed. The register withdraws cases after three years: a case that is gone from its own series of snapshots was
-- withdrawn by the day of the first one without it. A snapshot with rejected rows may have had it and says nothing.
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
with cases as (
    select *, max(reference_date) over (partition by record_key, synthetic) as last_shown
    from {{ ref('int_observations__unioned') }}
    where universe = 'inspectorate_public_register'
),

taken as (
    select
        cases.scope, cases.synthetic, cases.reference_date,
        bool_and(coalesce(delivery.rows_rejected, 0) = 0) as is_whole
    from (select distinct scope, synthetic, reference_date, delivery_id from cases) as cases
    inner join {{ ref('stg_catalogue__delivery') }} as delivery using (delivery_id)
    group by all
),

snapshots as (
    select
        *,
        min(reference_date) filter (where is_whole) over (
            partition by scope, synthetic order by reference_date
            rows between 1 following and unbounded following
        ) as next_one
    from taken
),

-- Of one case under one law all rows of one file, and nothing of another.
told as (
    select cases.* exclude (last_shown), snapshots.next_one as withdrawn_on
    from cases
    inner join snapshots using (scope, synthetic, reference_date)
    where cases.reference_date = cases.last_shown
    qualify dense_rank() over (
        partition by cases.record_key, cases.law, cases.synthetic
        order by cases.scope = 'NL' desc, cases.delivery_id asc, cases.locator_file asc
    ) = 1
),

row_texts as (
    select
        record_key, law, synthetic, locator_row,
        string_agg(
            concat_ws(
                '|', period_start, outcome, sector, finality, coalesce(company_key, ''), place_basis,
                coalesce(area_code, area_name, ''), measure, value
            ), '||' order by place_basis, measure
        ) as row_text
    from told
    group by all
),

-- Rows that are equal in every respect count once.
different as (
    select record_key, law, synthetic, min(locator_row) as locator_row, count(*) as equal_rows
    from row_texts
    group by record_key, law, synthetic, row_text
)

select told.*, different.equal_rows
from told
inner join different using (record_key, law, synthetic, locator_row)
