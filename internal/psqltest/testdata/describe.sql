\d
\d+
\dt
\dt+
\dv
\dv+
\dm
\dm+
\di
\di+
\ds
\dE
\dE+
\dn
\dn+
\l
\du
\dg
\df
\df+
\dT
\da nope
\do nope
\dC nope
\dD
\dx
\dp
\db
\dd
\dP
\dy
\des
\dew
\deu
\det
\drds
\ddp
\dO nope
\dF
\dRp
\dRs
\dL
\dA
\dX
\dAc
\dconfig search_path
\z customers
\d customers
\d+ customers
\d regions
\d kinds
\d+ kinds
\d orders
\d "Odd Name"
\d rich
\d+ rich
\d totals
\d+ totals
\d big
\d+ big
\d clicks
\d+ clicks
\d totals_customer_id_idx
\d+ customers_pkey
\d public.or*
\d tarn.sources
\d pg_catalog.pg_am
\d pg_matviews
\dt public.cust*
\dt *.customers
\dt pg_catalog.pg_am
\d nosuch
\sv rich
\sv+ rich
\sv nosuch
\sf nosuch
\encoding
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy');
COMMENT ON TYPE mood IS 'how one feels';
CREATE TABLE feels (m mood PRIMARY KEY DEFAULT 'ok', ms mood[] CHECK (ms <> '{sad}'));
\dT
\dT+ mood
\d feels
DROP TABLE feels;
DROP TYPE mood;
