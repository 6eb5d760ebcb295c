-- input and output of json: kept as written
SELECT json '{"b": 1, "a": 2, "b": 3}', json ' [1,2 , 3] ', json '"a"', json '1', json 'null', json 'true', json '{}', json '[]', json '1.50e3', json '"\u0041"';
SELECT json '{a: 1}';
SELECT json '{"a": 1,}';
SELECT json '[1, 2';
SELECT json '';
SELECT json '{"a" 1}';
SELECT json '{"a": }';
SELECT json '''a''';
SELECT json '[1 2]';
SELECT json '"a';
SELECT json '"a\qb"';
SELECT json '"\u00"';
SELECT json '01';
SELECT json '1.';
SELECT json '+1';
SELECT json 'nul';
SELECT json '{"a": 1} x';
SELECT json E'"a\tb"';
SELECT json '{"a": [1, {"b": tru}]}';
SELECT json '{
  "a": 1,
  "b": x
}';
-- jsonb: normalized
SELECT jsonb '{"b": 1, "a": 2, "b": 3}', jsonb '{"bb": 1, "a": 2, "c": 3}', jsonb ' [1,2 , 3] ', jsonb '1.50', jsonb '1e2', jsonb '1.0e-2', jsonb '-0', jsonb '"\u0041\n"', jsonb '"a\/b"', jsonb '100000000000000000000000';
SELECT jsonb '"\u0000"';
SELECT jsonb '"\ud83d\ude00"', jsonb '"\u00e4"', jsonb '"ä"', jsonb '"\"\\\b\f\r\t"';
SELECT jsonb '"\ud83d"';
SELECT jsonb '{"a":1';
SELECT jsonb '{"a": {"b": [1, {"c": null}]}, "d": [], "e": {}}';
SELECT jsonb 'NaN';
-- fields and elements
SELECT '{"a": 1, "b": "x", "c": null, "d": [1,2], "e": {"f": 1}}'::jsonb -> 'a', '{"b": "x"}'::jsonb -> 'b', '{"b": "x"}'::jsonb ->> 'b', '{"c": null}'::jsonb -> 'c', '{"c": null}'::jsonb ->> 'c', '{"a": 1}'::jsonb -> 'z', '{"d": [1,2]}'::jsonb ->> 'd';
SELECT '[1, "a", null]'::jsonb -> 0, '[1, "a", null]'::jsonb -> -1, '[1, "a", null]'::jsonb ->> 1, '[1]'::jsonb -> 5, '[1]'::jsonb -> 'a', '{"a": 1}'::jsonb -> 0, '1'::jsonb -> 'a', '"s"'::jsonb -> 0;
SELECT '{"a": {"b": [10, 20]}}'::jsonb #> '{a,b,1}', '{"a": {"b": [10, 20]}}'::jsonb #>> '{a,b,1}', '{"a": 1}'::jsonb #> '{}', '{"a": 1}'::jsonb #> '{b}', '[1,[2,3]]'::jsonb #> '{1,-1}', '{"a": [1]}'::jsonb #>> '{a}', '{"a": [1]}'::jsonb #> ARRAY['a', NULL];
SELECT '{"a": 1, "a": 2}'::json -> 'a', '{"a": "x\ty"}'::json ->> 'a', '[1, {"b" : 2}]'::json -> 1, '[1, {"b" : 2}]'::json ->> 1, '{"a": {"b": 1}}'::json #> '{a,b}', '{"a": null}'::json ->> 'a', '{"a": 1.50}'::json -> 'a';
SELECT ('{"a": {"b": 1}}'::jsonb)['a']['b'], ('[1,2,3]'::jsonb)[1], ('[1,2,3]'::jsonb)[-1], ('{"a": 1}'::jsonb)['z'], ('{"a": 1}'::jsonb)[0];
SELECT ('[1]'::jsonb)[1:2];
SELECT '{"a": 1}'::jsonb -> 1.5;
SELECT '{"a": 1}'::text -> 'a';
SELECT '{"a": 1}' -> 'a';
SELECT '{"a": 1}'::jsonb -> 'a' + 1;
SELECT ('{"a": 1}'::jsonb ->> 'a')::int + 1, ('{"a": 1}'::jsonb -> 'a')::int + 1;
SELECT '{"a": {"b": 2}}'::jsonb -> 'a' -> 'b', '{"a": {"b": 2}}'::jsonb -> 'a' ->> 'b', '{"a": "1"}'::jsonb ->> 'a' = '1', '{"a": 1}'::jsonb -> 'a' = '1';
-- containment and existence
SELECT '{"a": 1, "b": 2}'::jsonb @> '{"a": 1}', '{"a": 1}'::jsonb <@ '{"a": 1, "b": 2}', '[1,2,3]'::jsonb @> '[3,1]', '[1,2]'::jsonb @> '1', '1'::jsonb @> '[1]', '{"a": [1,2]}'::jsonb @> '{"a": [2]}', '{"a": {"b": 1}}'::jsonb @> '{"b": 1}', '[1,1]'::jsonb @> '[1,1,1]', '[]'::jsonb @> '[]', '{}'::jsonb @> '{}', '[[1,2]]'::jsonb @> '[[1]]', '1.0'::jsonb @> '1';
SELECT '{"a": 1}'::jsonb ? 'a', '{"a": 1}'::jsonb ? 'b', '["a"]'::jsonb ? 'a', '"a"'::jsonb ? 'a', '{"a": 1}'::jsonb ?| ARRAY['a', 'z'], '{"a": 1}'::jsonb ?& ARRAY['a', 'z'], '[1]'::jsonb ? '1', '{}'::jsonb ?& ARRAY[]::text[], '{}'::jsonb ?| ARRAY[]::text[];
SELECT '{"a": 1}'::json @> '{}';
-- changes
SELECT '{"a": 1}'::jsonb || '{"b": 2}', '{"a": 1}'::jsonb || '{"a": 2}', '[1]'::jsonb || '[2]', '[1]'::jsonb || '2', '1'::jsonb || '2', '{"a": 1}'::jsonb || '[1]', '{}'::jsonb || '1', NULL || '{}'::jsonb;
SELECT '{"a": 1, "b": 2}'::jsonb - 'a', '["a", "b", "a"]'::jsonb - 'a', '[1,2,3]'::jsonb - 1, '[1,2,3]'::jsonb - -1, '[1]'::jsonb - 5, '{"a": 1, "b": 2, "c": 3}'::jsonb - ARRAY['a', 'c'], '{"a": {"b": 1, "c": 2}}'::jsonb #- '{a,b}', '[1,[2,3]]'::jsonb #- '{1,0}', '{"a": 1}'::jsonb #- '{}';
SELECT '{"a": 1}'::jsonb - 1;
SELECT '1'::jsonb - 'a';
SELECT jsonb_set('{"a": {"b": 1}}', '{a,b}', '2'), jsonb_set('{"a": 1}', '{b}', '2'), jsonb_set('{"a": 1}', '{b}', '2', false), jsonb_set('[1,2]', '{1}', '9'), jsonb_set('[1,2]', '{5}', '9'), jsonb_set('[1,2]', '{-1}', '9'), jsonb_set('{"a": 1}', '{b,c}', '2'), jsonb_set('{"a": 1}', '{a}', NULL), jsonb_set('[1,2]', '{-5}', '9');
SELECT jsonb_set('1', '{a}', '2');
SELECT jsonb_set('[1]', '{a}', '2');
SELECT jsonb_set_lax('{"a": 1}', '{a}', NULL), jsonb_set_lax('{"a": 1}', '{a}', NULL, true, 'delete_key'), jsonb_set_lax('{"a": 1}', '{a}', NULL, true, 'return_target');
SELECT jsonb_set_lax('{"a": 1}', '{a}', NULL, true, 'raise_exception');
SELECT jsonb_insert('{"a": [1,2]}', '{a,1}', '9'), jsonb_insert('{"a": [1,2]}', '{a,1}', '9', true), jsonb_insert('{"a": 1}', '{b}', '2');
SELECT jsonb_insert('{"a": 1}', '{a}', '2');
SELECT jsonb_strip_nulls('{"a": null, "b": [null, {"c": null}], "d": 1}'), json_strip_nulls('{"a": null, "b": 1}'), jsonb_pretty('{"a": [1, {"b": 2}], "c": {}, "d": []}');
-- types and lengths
SELECT jsonb_typeof('1'), jsonb_typeof('"a"'), jsonb_typeof('null'), jsonb_typeof('true'), jsonb_typeof('[]'), jsonb_typeof('{}'), json_typeof('1'), jsonb_typeof(NULL), jsonb_array_length('[1,2,3]'), json_array_length('[]');
SELECT jsonb_array_length('{}');
SELECT jsonb_array_length('1');
SELECT json_array_length('{"a": 1}');
-- building
SELECT to_json(1), to_json('a'::text), to_json(ARRAY[1,2]), to_jsonb(1.50), to_jsonb('a'::text), to_jsonb(true), to_jsonb(NULL::int), to_jsonb(date '2024-01-01'), to_jsonb(timestamp '2024-01-01 12:00'), to_jsonb(timestamptz '2024-01-01 12:00+00'), to_jsonb('{"a":1}'::json), to_json('it"s'::text), to_jsonb('nan'::float8), to_json('infinity'::float8);
SELECT to_json('a');
SELECT json_build_object('a', 1, 'b', 'x', 'c', NULL, 'd', ARRAY[1,2], 'e', '{"f":1}'::jsonb), jsonb_build_object('b', 1, 'a', 2), json_build_array(1, 'a', NULL, true, 1.5), jsonb_build_array(), json_build_object();
SELECT json_build_object('a');
SELECT json_build_object(NULL, 1);
SELECT jsonb_build_object('a', 1, 'b');
SELECT jsonb_build_object(ARRAY[1], 1);
SELECT json_object('{a,1,b,2}'), json_object('{{a,1},{b,2}}'), json_object('{a,b}', '{1,NULL}'), jsonb_object('{b,1,a,2}');
SELECT json_object('{a,b,c}');
SELECT json_object('{a,b}', '{1}');
SELECT row_to_json(ROW(1, 'a')), row_to_json(v) FROM (VALUES (1, 'x'), (2, NULL)) v(id, name) ORDER BY id;
SELECT row_to_json(v, true) FROM (VALUES (1, 'x')) v(id, name);
SELECT to_jsonb(v) FROM (VALUES (1, 'x', ARRAY[1,2])) v(id, name, list);
SELECT array_to_json(ARRAY[[1,2],[3,4]]), array_to_json(ARRAY['a', NULL]), array_to_json(ARRAY[]::int[]);
SELECT json_agg(x ORDER BY x), jsonb_agg(x ORDER BY x NULLS FIRST), json_agg(x ORDER BY x DESC) FROM (VALUES (1), (NULL), (3)) v(x);
SELECT json_object_agg(k, v ORDER BY k), jsonb_object_agg(k, v) FROM (VALUES ('a', 1), ('b', NULL)) t(k, v);
SELECT json_object_agg(k, 1) FROM (VALUES ('a'), (NULL)) t(k);
SELECT json_agg(v ORDER BY id) FROM (VALUES (1, 'x'), (2, 'y')) v(id, name);
SELECT json_agg(x) FILTER (WHERE x > 5), jsonb_agg(x) FILTER (WHERE x > 1) FROM (VALUES (1), (2)) v(x);
-- taking apart
SELECT * FROM jsonb_each('{"b": 1, "a": "x", "c": null}');
SELECT * FROM jsonb_each_text('{"b": 1, "a": "x", "c": null}');
SELECT key, value FROM json_each('{"b": 1, "a": [1]}');
SELECT * FROM json_each_text('{"b": "x"}') WITH ORDINALITY;
SELECT * FROM jsonb_array_elements('[1, "a", null, [2]]');
SELECT * FROM jsonb_array_elements_text('[1, "a", null, [2]]');
SELECT value FROM json_array_elements('[{"a": 1}, 2]');
SELECT jsonb_object_keys('{"b": 1, "a": 2}');
SELECT json_object_keys('{"b": 1, "a": 2, "b": 3}');
SELECT * FROM jsonb_each('[1]');
SELECT jsonb_array_elements('{"a": 1}');
SELECT jsonb_array_elements('1');
SELECT jsonb_object_keys('[1]');
SELECT * FROM jsonb_to_recordset('[{"a": 1, "b": "x"}, {"a": 2}]') AS t(a int, b text);
SELECT * FROM jsonb_to_record('{"a": 1, "b": [1,2], "c": "z"}') AS t(a int, b int[], c text, d int);
SELECT * FROM json_to_record('{"a": "x"}') AS t(a int);
SELECT * FROM jsonb_to_record('{"a": 1}');
-- comparison and order
SELECT '1'::jsonb = '1.0', '{"a": 1, "b": 2}'::jsonb = '{"b": 2, "a": 1}', '[1,2]'::jsonb < '[1,3]', '[1,2,3]'::jsonb > '[9,9]', '"a"'::jsonb < '"b"', 'null'::jsonb = 'null', '{}'::jsonb > '[]'::jsonb;
SELECT x FROM (VALUES ('1'::jsonb), ('"a"'), ('null'), ('true'), ('false'), ('[]'), ('[1]'), ('{}'), ('{"a":1}'), ('2'), ('"B"'), ('[1,2]')) v(x) ORDER BY x;
SELECT '{}'::json = '{}'::json;
SELECT DISTINCT x FROM (VALUES ('1'::jsonb), ('1.0'), ('"1"')) v(x) ORDER BY x;
SELECT DISTINCT x FROM (VALUES ('1'::json)) v(x);
SELECT max(x) FROM (VALUES ('1'::jsonb)) v(x);
-- paths
SELECT jsonb_path_query('{"a": [1,2,3]}', '$.a[*]');
SELECT jsonb_path_query('{"a": [1,2,3]}', '$.a[*] ? (@ > 1)');
SELECT jsonb_path_exists('{"a": 1}', '$.a'), jsonb_path_exists('{"a": 1}', '$.b'), jsonb_path_match('{"a": 1}', '$.a == 1'), jsonb_path_query_array('[1,2,3]', '$[*] ? (@ >= 2)'), jsonb_path_query_first('[1,2]', '$[*]'), '{"a": 1}'::jsonb @? '$.a', '{"a": 1}'::jsonb @@ '$.a > 0';
SELECT jsonb_path_query('[1, "2", null]', '$[*].type()');
SELECT jsonb_path_query('{"a": 1}', 'strict $.b');
SELECT jsonb_path_query('{}', '$.');
SELECT jsonb_path_query_array('{"a": [1, 2, 3]}', '$.a[$i]', '{"i": 1}'), jsonb_path_query('{"a": [5, 7]}', '$.a.size()'), jsonb_path_query('[1, -2]', '$[1].abs() + 1');
-- in a table
CREATE TABLE docs (id int, d jsonb);
INSERT INTO docs VALUES (1, '{"name": "ann", "tags": ["x", "y"], "age": 30}'), (2, '{"name": "bob", "tags": [], "age": null}'), (3, '[1, 2]'), (4, NULL);
INSERT INTO docs VALUES (5, '{bad}');
SELECT id, d ->> 'name' AS name, (d ->> 'age')::int AS age FROM docs ORDER BY id;
SELECT id FROM docs WHERE d @> '{"tags": ["x"]}' ORDER BY id;
SELECT id, t FROM docs, jsonb_array_elements_text(d -> 'tags') AS t WHERE d ? 'tags' ORDER BY id, t;
SELECT id, jsonb_typeof(d) AS kind, jsonb_typeof(d -> 'age') AS age FROM docs ORDER BY id;
SELECT d -> 'name' AS name, count(*) FROM docs GROUP BY d -> 'name' ORDER BY 1;
UPDATE docs SET d = d || '{"seen": true}' WHERE id = 1 RETURNING d;
UPDATE docs SET d['age'] = '31' WHERE id = 1 RETURNING d ->> 'age' AS age;
SELECT d.id FROM docs d WHERE d.d IS NULL;
SELECT docs.d.name FROM docs;
DROP TABLE docs;
-- subscripts
SELECT ('{"a": {"b": 1}}'::jsonb)['a']['b'], ('[[1, 2], 3]'::jsonb)[0][1], ('[1]'::jsonb)[5], ('1'::jsonb)[0], ('{"1": 2}'::jsonb)[1], ('{"a": 1}'::jsonb)[NULL];
SELECT ('{"a": 1}'::jsonb)[1.5];
SELECT ('{"a": 1}'::jsonb)[true];
CREATE TABLE js (id int PRIMARY KEY, d jsonb);
INSERT INTO js VALUES (1, '{"a": {"b": 1}, "l": [1, 2]}'), (2, NULL), (3, '[]'), (4, '5');
UPDATE js SET d['a']['b'] = '2', d['new']['deep'][2] = '"x"', d['l'][-1] = 'true' WHERE id = 1 RETURNING d;
UPDATE js SET d['k'] = NULL WHERE id = 2 RETURNING d;
UPDATE js SET d = NULL WHERE id = 2;
UPDATE js SET d[1] = '"one"' WHERE id = 2 RETURNING d;
UPDATE js SET d[2]['x'] = '1' WHERE id = 3 RETURNING d;
UPDATE js SET d['x'] = '1' WHERE id = 4;
UPDATE js SET d['l']['x'] = '1' WHERE id = 1;
UPDATE js SET d['l'][-9] = '1' WHERE id = 1;
UPDATE js SET d[NULL] = '1' WHERE id = 1;
UPDATE js SET d['a':'b'] = '1' WHERE id = 1;
UPDATE js SET d['a'] = 1 WHERE id = 1;
INSERT INTO js (id, d['a'], d['b']) VALUES (5, '1', '[2]') RETURNING d;
DROP TABLE js;
-- what is taken apart is not what it should be
SELECT * FROM json_array_elements('{}');
SELECT * FROM json_array_elements_text('{"a": 1}');
SELECT * FROM json_array_elements('1');
SELECT * FROM jsonb_array_elements('{}');
SELECT * FROM jsonb_array_elements_text('"a"');
SELECT * FROM json_each('[1]');
SELECT * FROM json_each_text('"a"');
SELECT * FROM jsonb_each_text('[]');
SELECT '[1]'::jsonb - '{{a,b},{c,d}}'::text[], '1'::jsonb - '{{a},{b}}'::text[];
SELECT to_json('0044-03-15 00:00:00+00 BC'::timestamptz), to_jsonb('0044-03-15 00:00:00 BC'::timestamp);
-- arrays of what is not compared
SELECT array_position('{1,2}'::json[], '1'::json);
SELECT array_remove('{$,$.a}'::jsonpath[], '$'::jsonpath);
SELECT array_replace('{1}'::json[], '1', '2'), array_positions('{1}'::json[], '1');
SELECT '{1}'::json[] @> '{1}'::json[];
SELECT '{1}'::json[] = '{1}'::json[];
SELECT '{1}'::json[] < '{1}'::json[];
SELECT max(x) FROM (VALUES ('{1}'::json[]), ('{2}')) v(x);
SELECT min(x) OVER () FROM (VALUES ('{$}'::jsonpath[]), ('{$.a}')) v(x);
