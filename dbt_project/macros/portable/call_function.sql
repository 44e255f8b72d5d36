{#- SQL that calls a warehouse function. `macro_called` is the macro behind the function; it is
    inlined on engines without SQL functions (Spark 3). -#}
{% macro call_function(function_relation, macro_called, arguments) -%}
    {{ return(adapter.dispatch('call_function', 'ecommerce_analytics')(
        function_relation, macro_called, arguments
    )) }}
{%- endmacro %}

{% macro default__call_function(function_relation, macro_called, arguments) -%}
    {{ function_relation }}({{ arguments | join(', ') }})
{%- endmacro %}

{% macro spark__call_function(function_relation, macro_called, arguments) -%}
    {%- if spark_has_functions() -%}
        {{ default__call_function(function_relation, macro_called, arguments) }}
    {%- else -%}
        {{ macro_called(*arguments) }}
    {%- endif -%}
{%- endmacro %}
