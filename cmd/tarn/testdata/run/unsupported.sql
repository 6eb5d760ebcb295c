CREATE TABLE t (a int);
CREATE SOURCE s (a int) WITH (connector = 'kafka', topic = 't', scan.startup.mode = 'soon') FORMAT PLAIN ENCODE JSON;
