package engine

import (
	"context"
	"sync"
	"testing"

	"github.com/tarndb/tarn/sql/pgerr"
)

// TestRestartBesideCounting lets TRUNCATE ... RESTART IDENTITY run beside those who take
// values, in statements and while a table is written anew: nobody waits for ever, and no
// two rows get one value.
func TestRestartBesideCounting(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x int); CREATE TABLE u (x int)")
	w.exec("INSERT INTO u SELECT g FROM generate_series(1, 100) g")
	var all sync.WaitGroup
	for _, text := range []string{
		"TRUNCATE t RESTART IDENTITY", "TRUNCATE t, u RESTART IDENTITY", "INSERT INTO t (x) VALUES (1), (2)", "INSERT INTO t (x) SELECT nextval('t_id_seq')",
		"ALTER TABLE u ADD COLUMN IF NOT EXISTS y bigint DEFAULT nextval('t_id_seq')", "ALTER TABLE u DROP COLUMN IF EXISTS y",
	} {
		s := w.session(w.db)
		all.Go(func() {
			defer s.Close()
			for range 10 {
				_, err := run(context.Background(), s, text)
				if code := codeOf(err); code != "" && code != pgerr.SerializationFailure && code != pgerr.UniqueViolation {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
	all.Wait()
	w.exec("TRUNCATE t RESTART IDENTITY")
	w.crash()
	w.want("INSERT INTO t (x) VALUES (1) RETURNING id", "1")
}
