-- Jobs of employees in a month against employees counted in that month: who is an employee has a job, and may have
-- more, so jobs are an upper bound: of jobs and employees that are measured alike, for over a month an average may lie
-- below the number of its last day. Other definitions of the place of work may still differ.
with jobs as (
    select * from {{ ref('int_observations__unioned') }}
    where
        measure = 'workers' and unit = 'jobs' and employment = 'employee' and home_area = 'all'
        and origin_group = 'all' and sector = 'all' and nationality = 'all'
),

employees as (
    select * from {{ ref('int_observations__unioned') }}
    where
        measure = 'workers' and unit = 'persons' and employment = 'employee' and home_area = 'all' and sector = 'all'
        and date_precision in ('day', 'month')
)

select
    'jobs_vs_employees' as check_name, {{ cell_of('employees') }} as cell,
    employees.area_type, employees.area_code, employees.period_start, employees.period_end,
    employees.date_precision, employees.measured_as, employees.unit,
    'banen van alle werknemers' as left_nl, 'jobs of all employees' as left_en,
    'werknemers' as right_nl, 'employees' as right_en,
    {{ two_figures('jobs', 'employees') }},
    cast(0 as double) as allowed,
    'een werknemer heeft ten minste één baan, dus er zijn ten minste zoveel banen als werknemers; de bronnen kunnen de'
    || ' werkplaats anders bepalen' as allowed_reason_nl,
    'an employee has one job at least, so there are as many jobs as employees at least; the sources may place work'
    || ' differently' as allowed_reason_en,
    case
        when jobs.measured_as <> employees.measured_as
            then
                'banen en werknemers zijn niet op dezelfde wijze gemeten: ' || jobs.measured_as || ' en '
                || employees.measured_as
    end as undecided_nl,
    case
        when jobs.measured_as <> employees.measured_as
            then 'jobs and employees are not measured alike: ' || jobs.measured_as || ' and ' || employees.measured_as
    end as undecided_en,
    true as is_upper_bound,
    {{ both_sides('jobs', 'employees') }}
from jobs
inner join employees
    on
        jobs.area_type = employees.area_type and jobs.area_code = employees.area_code
        and jobs.synthetic = employees.synthetic
        and jobs.period_start <= employees.period_start and jobs.period_end >= employees.period_end
