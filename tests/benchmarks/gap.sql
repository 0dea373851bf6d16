-- registration_gap of one day in one statement, straight from the Parquet that was read: the floor under the models.
-- It knows one delivery of each register and one edition of the monitor, no links between persons' numbers, no other
-- borders, no protection and no reason for what is missing.
with nationality as (
    select
        code.nationality_code,
        case
            when grouped.origin_group in ('nl', 'efta', 'ukraine') then grouped.origin_group
            when
                (grouped.origin_group in ('moe', 'other_eu') or grouped.eu_from is not null)
                and coalesce(grouped.eu_from, $day) <= $day and coalesce(grouped.eu_until, $day) >= $day
                then case grouped.origin_group when 'moe' then 'moe' else 'other_eu' end
            when code.nationality_code in ('0000', '0499') then 'unknown'
            else 'third_country'
        end as base_group
    from read_csv($seeds || '/nationality.csv', all_varchar = true) as code
    left join read_csv(
        $seeds || '/nationality_group.csv',
        types = {'nationality_code': 'varchar', 'eu_from': 'date', 'eu_until': 'date'}
    ) as grouped using (nationality_code)
),

combination as (
    select nationality_codes, arg_min(base_group, list_position(
        ['nl', 'moe', 'other_eu', 'efta', 'ukraine', 'third_country', 'unknown'], base_group
    )) as base_group
    from (
        select
            nationality_codes,
            unnest(case when len(nationality_codes) = 0 then ['0000'] else nationality_codes end) as nationality_code
        from (
            select distinct nationality_codes from read_parquet($staged || '/brp/accepted/NL/**/*.parquet')
            union
            select distinct nationality_codes from read_parquet($staged || '/rni/accepted/NL/**/*.parquet')
        )
    )
    inner join nationality using (nationality_code)
    group by nationality_codes
),

resident as (
    select
        a_pseudonym, area_code, nationality_codes,
        start_high <= $day and (end_low is null or end_low > $day) as is_certain
    from read_parquet($staged || '/brp/accepted/NL/**/*.parquet')
    where state = 'resident' and start_low <= $day and (end_high is null or end_high > $day)
),

non_resident as (
    select
        area_code, nationality_codes,
        start_high <= $day and (end_low is null or end_low > $day)
        and a_pseudonym not in (select a_pseudonym from resident) as is_certain
    from read_parquet($staged || '/rni/accepted/NL/**/*.parquet')
    where
        state = 'temporary_address' and rni_reason = 'R' and start_low <= $day
        and (end_high is null or end_high > $day)
        and a_pseudonym not in (select a_pseudonym from resident where is_certain)
),

registered as (
    select
        register, area_code, base_group, count_if(is_certain) as persons_low, count(*) as persons_high
    from (
        select 'brp' as register, * exclude (a_pseudonym) from resident
        union all by name
        select 'rni' as register, * from non_resident
    )
    inner join combination using (nationality_codes)
    where base_group <> 'nl' and area_code <> 'unknown'
    group by all
),

worker as (
    select area_code, origin_group, low, high
    from read_parquet($staged || '/migrantenmonitor/accepted/**/*.parquet')
    where
        measure = 'workers' and home_area = 'all' and area_type = 'GM'
        and period_end = $day - interval 1 day
)

select
    registered.*, worker.origin_group,
    worker.low - sum(persons_high) over cell as gap_low, worker.high - sum(persons_low) over cell as gap_high
from registered
left join worker
    on
        registered.area_code = worker.area_code
        and worker.origin_group = case
            when base_group in ('efta', 'ukraine', 'third_country') then 'outside_eu' else base_group
        end
window cell as (partition by register, registered.area_code, worker.origin_group)
