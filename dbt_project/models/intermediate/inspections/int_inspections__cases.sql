-- Each row of a case under a law with all that it counts, wherever it may lie: a place of which several municipalities
-- bear the name lies certainly in an unknown one, and possibly in each of them.
with cases as (
    select
        record_key, law, place_basis, sector, outcome, finality, universe, source, synthetic, delivery_id,
        reference_date, withdrawn_on, area_type, area_code, area_candidates, company_key, locator_row, equal_rows,
        year(period_start) as year,
        max(value) filter (where measure = 'fines') as fines,
        max(value) filter (where measure = 'fine_amount') as amount_eur
    from {{ ref('int_inspections__latest') }}
    group by all
),

-- Where the register gives no number: a fine is at least one, and without a violation there is none.
bounded as (
    select
        cases.*, companies.company, companies.may_be_another,
        coalesce(fines, case outcome when 'fine' then 1 else 0 end) as fines_low,
        coalesce(fines, case outcome when 'no_violation' then 0 end) as fines_high,
        coalesce(amount_eur, 0) as amount_eur_low,
        coalesce(amount_eur, case outcome when 'no_violation' then 0 end) as amount_eur_high
    from cases
    left join {{ ref('int_inspections__companies') }} as companies
        using (delivery_id, record_key, company_key, synthetic)
)

select *, true as is_certain from bounded
union all by name
select
    bounded.* replace ('GM' as area_type, candidate.area_code as area_code),
    false as is_certain
from bounded
cross join lateral unnest(bounded.area_candidates) as candidate (area_code)
