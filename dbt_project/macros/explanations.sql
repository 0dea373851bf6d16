{# What a row of registration_gap means and what it does not, in one sentence in each language. The sentence follows the
   sign of the difference: what explains more workers than residents does not explain the reverse. #}

{% macro gap_explanation_nl() -%}
'In ' || reporting_year || ' werkten in ' || area_name || ' ' || {{ figure_nl('workers') }} || ' personen ('
|| workers_title_nl || '; ' || origin_label_nl || ') en stonden er ' || {{ figure_nl('residents') }}
|| case when is_nested then ' van hen' else '' end || ' ingeschreven (' || residents_title_nl || '); '
|| case
    when gap is null and (gap_low is null or gap_high is null)
        then 'omdat een of beide cijfers onderdrukt zijn of ontbreken, is het verschil niet te geven.'
    when gap is null and availability = 'available'
        then 'omdat van een of beide cijfers alleen grenzen bekend zijn, is van het verschil alleen te zeggen dat het ligt'
            || ' tussen ' || {{ count_nl('gap_low') }} || ' en ' || {{ count_nl('gap_high') }} || '.'
    when gap is null
        then 'omdat een of beide cijfers onderdrukt zijn, is van het verschil alleen te zeggen dat het ligt tussen '
            || {{ count_nl('gap_low') }} || ' en ' || {{ count_nl('gap_high') }} || '.'
    when gap_low > 0
        then 'het verschil van ' || {{ figure_nl('gap') }}
            || ' kan komen doordat mensen in een andere gemeente wonen, kort blijven of over de grens wonen, of doordat'
            || ' de bronnen anders tellen, en zegt niets over wie in geen enkel register staat.'
    when gap_high < 0
        then 'er staan er dus meer ingeschreven dan er werken, verschil ' || {{ figure_nl('gap') }}
            || ': inwoners kunnen elders werken of niet werken, of de bronnen tellen anders, en het zegt niets over wie'
            || ' in geen enkel register staat.'
    else 'dat is geen duidelijk verschil, ' || {{ figure_nl('gap') }}
        || ', wat niet betekent dat het dezelfde mensen zijn, en het zegt niets over wie in geen enkel register staat.'
end
{%- endmacro %}

{% macro gap_explanation_en() -%}
'In ' || reporting_year || ' there worked in ' || area_name || ' '
|| replace({{ figure_en('workers') }}, 'an unknown number', 'an unknown number of') || ' persons ('
|| workers_title_en || '; ' || origin_label_en || ') and ' || {{ figure_en('residents') }}
|| case when is_nested then ' of them' else '' end || ' were registered there (' || residents_title_en || '); '
|| case
    when gap is null and (gap_low is null or gap_high is null)
        then 'as one or both figures are suppressed or missing, the difference cannot be given.'
    when gap is null and availability = 'available'
        then 'as of one or both figures only bounds are known, all that can be said of the difference is that it lies'
            || ' between ' || {{ count_en('gap_low') }} || ' and ' || {{ count_en('gap_high') }} || '.'
    when gap is null
        then 'as one or both figures are suppressed, all that can be said of the difference is that it lies between '
            || {{ count_en('gap_low') }} || ' and ' || {{ count_en('gap_high') }} || '.'
    when gap_low > 0
        then 'the difference of ' || {{ figure_en('gap') }}
            || ' can come from people who live in another municipality, stay briefly or live across the border, or from'
            || ' sources that count differently, and says nothing about who is in no register.'
    when gap_high < 0
        then 'more are registered than work there, a difference of ' || {{ figure_en('gap') }}
            || ': residents may work elsewhere or not work, or the sources count differently, and it says nothing about'
            || ' who is in no register.'
    else 'that is no clear difference, ' || {{ figure_en('gap') }}
        || ', which does not mean that they are the same people, and it says nothing about who is in no register.'
end
{%- endmacro %}
