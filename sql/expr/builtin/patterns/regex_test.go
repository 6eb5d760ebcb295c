package patterns

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSimpleRegex compares the matcher of simple expressions with package regexp.
func TestSimpleRegex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		pattern string
		simple  bool
	}{
		{`(&|^)id=([^&]*)`, true}, {`(^|&)(id=)([^&]+)`, true}, {`^id=`, true}, {`id`, true}, {`(id)`, true}, {`[&?]id=.*`, true}, {`&id=[a-z]*`, true},
		{`(i|^)id=([^&]*)`, false}, {`id=([^&]*)&`, false}, {`id=[ä-ü]*`, false}, {`(id)*`, false}, {`(&|^)id=([^&]*?)`, false}, {`(?i)id=`, false}, {`(&|^)(i|d)d`, false},
		{`.id=é*`, false}, {`(&|^|é)id=`, false}, {`id=[^&é]*`, false},
	} {
		re, err := compileRegex(c.pattern, "")
		if err != nil {
			t.Fatal(err)
		}
		if (re.simple != nil) != c.simple {
			t.Errorf("%s: simple is %v", c.pattern, !c.simple)
		}
		for range 2000 {
			var text []byte
			for range rnd.IntN(6) {
				text = append(text, []string{"id", "id=", "&", "i", "d", "=", "é", "?", "\n", "x"}[rnd.IntN(10)]...)
			}
			want, got := re.re.FindSubmatchIndex(text), re.submatch(text)
			if !slices.Equal(got, want) || re.match(text) != (want != nil) {
				t.Fatalf("%s on %q: got %v, want %v", c.pattern, text, got, want)
			}
		}
	}
}
