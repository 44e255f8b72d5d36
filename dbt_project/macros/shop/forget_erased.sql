{#- Post-hook of a snapshot: personal columns of rows whose person was erased are emptied in every
    version. Erased is what the relation has no more. -#}
{% macro forget_erased(key, columns, relation) -%}
    update {{ this }}
    set
        {%- for column in columns %}
        {{ column }} = null{{ "," if not loop.last }}
        {%- endfor %}
    where
        coalesce({{ columns | join(', ') }}) is not null
        and not exists (
            select known.{{ key }}
            from {{ relation }} as known
            where known.{{ key }} = {{ this.identifier }}.{{ key }}
        )
{%- endmacro %}
