-- With whom each municipality is compared: sets that were chosen by hand, and those that are most alike.
select
    one.peer_set, one.municipality_code, other.municipality_code as peer_code,
    cast(null as double) as distance,
    one.label_nl || ': met de hand gekozen' as rule_nl,
    one.label_en || ': chosen by hand' as rule_en,
    false as synthetic
from {{ ref('peer_set') }} as one
inner join {{ ref('peer_set') }} as other
    on one.peer_set = other.peer_set and one.municipality_code <> other.municipality_code
union all by name
select
    'similar' as peer_set, municipality_code, peer_code, distance,
    'De {{ var("similar_peers") }} gemeenten die het meest lijken, naar '
    || traits_nl
    || '; gestandaardiseerd, nieuwste jaar' as rule_nl,
    'The {{ var("similar_peers") }} municipalities most alike, by '
    || traits_en
    || '; standardised, newest year' as rule_en,
    synthetic
from {{ ref('int_peers__similar') }}
-- Where real figures tell who is alike, made-up ones do not.
qualify not (synthetic and bool_or(not synthetic) over (partition by municipality_code))
