package expr

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func castLetter(from, to row.Type) string {
	for i, ctx := range []CastContext{Implicit, Assignment, Explicit} {
		if _, ok := FindCast(from, to, ctx); ok {
			return "iae"[i : i+1]
		}
	}
	return "-"
}

// TestCastContexts compares every pair of types with pg_cast, and with the rule
// that any type converts to and from strings by its text.
func TestCastContexts(t *testing.T) {
	text, err := os.ReadFile("testdata/casts.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[[2]string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if f := strings.Fields(line); len(f) == 3 {
			known[[2]string{f[0], f[1]}] = f[2]
		}
	}
	for _, from := range row.Kinds() {
		for _, to := range row.Kinds() {
			switch {
			case from == to || notCast(from) || notCast(to):
				continue
			}
			f, g := row.T(from), row.T(to)
			want, ok := known[[2]string{f.Name(), g.Name()}]
			if !ok {
				want = "-"
				if to.IsString() {
					want = "a"
				} else if from.IsString() {
					want = "e"
				}
			}
			if got := castLetter(f, g); got != want {
				t.Errorf("%s -> %s: got %s, want %s", f.Name(), g.Name(), got, want)
			}
		}
	}
}

func notCast(k row.Kind) bool {
	switch k {
	case row.Unknown, row.Record, row.Void, row.Int2Vector, row.OIDVector:
		return true
	}
	return false
}

// TestEveryCast runs every conversion on hostile values.
func TestEveryCast(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, from := range row.Kinds() {
		for _, to := range row.Kinds() {
			path, ok := FindCast(row.T(from), row.T(to), Explicit)
			if !ok || path.Func == nil || path.Func.System || notCast(from) || notCast(to) {
				continue
			}
			in := sampleColumn(t, row.T(from), 40, rng)
			e := &Cast{Arg: &ColRef{Typ: row.T(from)}, Func: path.Func, To: row.T(to), Explicit: true}
			p, err := Compile([]Expr{e}, []row.Type{row.T(from)})
			if err != nil {
				t.Fatal(err)
			}
			name := e.Arg.Type().Name() + " -> " + fn.TypeName(e.To)
			cols, errs := p.Eval(&Context{}, &row.Batch{Cols: []row.Column{in}, Weights: make([]int64, 40)}, nil)
			checkColumn(t, name, &cols[0])
			errs.Each(func(i int, err error) {
				if _, ok := pgerr.As(err); !ok || path.Func.NoError {
					t.Errorf("%s, row %d: %v", name, i, err)
				}
			})
		}
	}
}
