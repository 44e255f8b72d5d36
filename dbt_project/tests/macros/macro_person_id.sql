-- person_id and the keys: an e-mail decides, kinds never collide, null falls back.
{% set no_email = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{{ failed_cases([
    [
        'case when ' ~ person_id("'a@example.com'", 'customer', '1') ~ ' = ' ~ person_id("'a@example.com'", 'order', '2') ~ ' then 1 else 0 end',
        '1',
    ],
    [
        'case when ' ~ person_id(no_email, 'customer', '1') ~ ' = ' ~ person_id(no_email, 'order', '1') ~ ' then 1 else 0 end',
        '0',
    ],
    [
        'case when ' ~ customer_key('1', "'x'") ~ ' = ' ~ customer_key('1', "'y'") ~ ' then 1 else 0 end',
        '1',
    ],
    [
        'case when ' ~ campaign_key('cast(null as bigint)', "'email'") ~ ' = ' ~ campaign_key('1', "'email'") ~ ' then 1 else 0 end',
        '0',
    ],
]) }}
