-- What do we not know, whose is it to mend, and how long has it been open?
select
    owner,
    source,
    kind,
    severity,
    synthetic,
    count(*) as gaps,
    min(opened) as oldest
from data_gap
where closed is null
group by all
order by owner, source, kind, severity, synthetic
