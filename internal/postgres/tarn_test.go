package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tarndb/tarn/internal/psql"
	"github.com/tarndb/tarn/internal/wiretest"
)

// limit ends a statement that would run for ever, in both databases.
const limit = "20s"

// TestCorpus runs the corpus on Tarn in process. What is printed must be what
// PostgreSQL's psql prints, but for the statements that the .known files list; those
// must differ, so that the lists only shrink.
func TestCorpus(t *testing.T) {
	agreed, all := 0, 0
	classes := map[string]int{}
	for _, f := range features(t) {
		t.Run(f.name, func(t *testing.T) {
			if err := f.readAnswers(); err != nil {
				t.Fatal(err)
			}
			listed, err := f.readKnown()
			if err != nil {
				t.Fatal(err)
			}
			differs := f.differences(t)
			if *relist {
				if err := f.writeKnown(differs); err != nil {
					t.Fatal(err)
				}
				listed = differs
			}
			f.check(t, listed, differs)
			n := f.statements()
			for _, s := range f.steps {
				if reason, ok := listed[s.key]; ok {
					n -= len(s.Statements)
					classes[reason] += len(s.Statements)
				}
			}
			agreed, all = agreed+n, all+f.statements()
			t.Logf("%d of %d statements agree", n, f.statements())
		})
	}
	t.Logf("%d of %d statements agree with PostgreSQL; the others, by reason:\n%s", agreed, all, frequent(classes))
}

// check compares the list with what differs.
func (f *feature) check(t *testing.T, listed, differs known) {
	t.Helper()
	steps := map[string]bool{}
	for _, s := range f.steps {
		_, isListed := listed[s.key]
		reason, isDifferent := differs[s.key]
		switch {
		case isListed && !isDifferent:
			t.Errorf("%s.known lists what agrees now: take it out:\n%s", f.name, s.key)
		case isDifferent && !isListed:
			t.Errorf("%s.sql:%d: %s\n%s", f.name, s.Line, reason, s.key)
		}
		steps[s.key] = true
	}
	for key := range listed {
		if !steps[key] {
			t.Errorf("%s.known lists what is not in the script: %s", f.name, key)
		}
	}
}

// differences runs the script on a new database.
func (f *feature) differences(t *testing.T) known {
	t.Helper()
	s := open(t, wiretest.Start(t, "").URL(""))
	out := known{}
	for _, step := range f.steps {
		printed, code := s.run(step)
		if printed == step.want {
			continue
		}
		out[step.key] = why(step.want, printed, code)
		if testing.Verbose() {
			t.Logf("%s.sql:%d: %s\n%sTarn:\n%sPostgreSQL:\n%s", f.name, step.Line, out[step.key], step.echo(), printed, step.want)
		}
	}
	return out
}

// shownClasses is how many classes of differences the log names.
const shownClasses = 40

// frequent is the most frequent classes of differences.
func frequent(classes map[string]int) string {
	var lines []string
	for reason, n := range classes {
		lines = append(lines, fmt.Sprintf("%6d  %s", n, reason))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(b[:6]+a[6:], a[:6]+b[6:]) })
	if more := len(lines) - shownClasses; more > 0 {
		lines = append(lines[:shownClasses], fmt.Sprintf("and %d more reasons", more))
	}
	return strings.Join(lines, "\n")
}

// session prints what a server answers as psql does.
type session struct {
	t     *testing.T
	conn  *pgconn.PgConn
	out   strings.Builder
	query string // that is running
	code  string // SQLSTATE of the last error of the step
}

func open(t *testing.T, url string) *session {
	t.Helper()
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t}
	config.RuntimeParams = map[string]string{"application_name": "psql", "client_encoding": "UTF8", "timezone": "UTC", "statement_timeout": limit}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { s.print((*pgconn.PgError)(n)) }
	if s.conn, err = pgconn.ConnectConfig(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Close(context.Background()) })
	return s
}

// run gives what psql would print behind the lines of the step, and the SQLSTATE of
// an error.
func (s *session) run(st step) (printed, code string) {
	s.out.Reset()
	s.code = ""
	for _, s.query = range st.Statements {
		err := s.execute()
		var e *pgconn.PgError
		switch {
		case errors.As(err, &e):
			s.code = e.Code
			s.print(e)
		case err != nil:
			s.t.Fatalf("%v\n%s", err, s.query)
		}
	}
	return s.out.String(), s.code
}

var copyOut = regexp.MustCompile(`(?is)^copy\s.*\sto\s+stdout\b`)

func (s *session) execute() error {
	ctx := context.Background()
	if copyOut.MatchString(s.query) {
		_, err := s.conn.CopyTo(ctx, &s.out, s.query)
		return err
	}
	results := s.conn.Exec(ctx, s.query)
	for results.NextResult() {
		if err := s.table(results.ResultReader()); err != nil {
			_ = results.Close()
			return err
		}
	}
	return results.Close()
}

// table prints a result, and the command's tag where psql does.
func (s *session) table(r *pgconn.ResultReader) error {
	fields := r.FieldDescriptions()
	var cols []psql.Column
	for _, f := range fields {
		cols = append(cols, psql.Column{Name: f.Name, Right: psql.Right(f.DataTypeOID)})
	}
	var rows [][]psql.Cell
	for r.NextRow() {
		var cells []psql.Cell
		for _, v := range r.Values() {
			cells = append(cells, psql.Cell{Text: string(v), Null: v == nil})
		}
		rows = append(rows, cells)
	}
	tag, err := r.Close()
	if err != nil {
		return err
	}
	if fields != nil {
		if err := psql.Table(&s.out, cols, rows); err != nil {
			return err
		}
	}
	if fields == nil || tag.Insert() || tag.Update() || tag.Delete() {
		s.out.WriteString(tag.String() + "\n")
	}
	return nil
}

func (s *session) print(e *pgconn.PgError) {
	shown := psql.Error{Severity: e.Severity, Message: e.Message, Detail: e.Detail, Hint: e.Hint, Context: e.Where, Position: int(e.Position)}
	s.out.WriteString(shown.Text(s.query) + "\n")
}
