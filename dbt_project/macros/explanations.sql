{# What a row of registration_gap means and what it does not, in one sentence each. #}

{% macro gap_explanation_nl() -%}
case
    when gap is null
        then 'In ' || coalesce(area.area_name, 'deze gemeente') || ' werken volgens de bron ' || {{ figure_nl('workers') }}
            || ' personen en staan ' || {{ figure_nl('residents') }} || ' personen ingeschreven; omdat een van beide'
            || ' onderdrukt is of ontbreekt, '
            || case
                when gap_low is null or gap_high is null then 'is het verschil niet te geven.'
                else 'is van het verschil alleen te zeggen dat het ligt tussen '
                    || {{ count_nl('gap_low') }} || ' en ' || {{ count_nl('gap_high') }} || '.'
            end
    else
        'In ' || coalesce(area.area_name, 'deze gemeente') || ' werken volgens de bron ' || {{ figure_nl('workers') }}
        || ' personen en staan ' || {{ figure_nl('residents') }}
        || case when is_nested then ' van hen' else ' personen, anders afgebakend,' end
        || ' hier ingeschreven; het verschil van ' || {{ figure_nl('gap') }}
        || ' kan komen doordat mensen in een andere gemeente wonen, kort blijven of over de grens wonen, of doordat de'
        || ' bronnen anders tellen, en zegt niets over wie in geen enkel register staat.'
end
{%- endmacro %}

{% macro gap_explanation_en() -%}
case
    when gap is null
        then 'According to the source ' || {{ figure_en('workers') }} || ' persons work in '
            || coalesce(area.area_name, 'this municipality') || ' and ' || {{ figure_en('residents') }}
            || ' are registered there; as one of the two is suppressed or missing, '
            || case
                when gap_low is null or gap_high is null then 'the difference cannot be given.'
                else 'all that can be said of the difference is that it lies between '
                    || {{ count_en('gap_low') }} || ' and ' || {{ count_en('gap_high') }} || '.'
            end
    else
        'According to the source ' || {{ figure_en('workers') }} || ' persons work in '
        || coalesce(area.area_name, 'this municipality') || ' and ' || {{ figure_en('residents') }}
        || case when is_nested then ' of them' else ' persons, otherwise defined,' end
        || ' are registered there; the difference of ' || {{ figure_en('gap') }}
        || ' can come from people who live in another municipality, stay briefly or live across the border, or from'
        || ' sources that count differently, and says nothing about who is in no register.'
end
{%- endmacro %}
