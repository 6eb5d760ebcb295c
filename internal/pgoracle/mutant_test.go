package pgoracle

import (
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

var (
	mutants = flag.Int("mutants", 20000, "how many mutants TestMutants compares")
	seed    = flag.Uint64("seed", 1, "where TestMutants begins")
	shown   = flag.Int("shown", 40, "how many differences TestMutants prints")
	words   = flag.Bool("words", false, "TestMutants: errors in other words, or at another place, are differences too")
)

// longest bounds the statements that mutants are made of, in tokens: of long ones
// most mutants fail at their first edit.
const longest = 80

// parent is a statement that both grammars read alike, token by token.
type parent []string

// parents are the statements of the corpus that mutants are made of.
func parents(t testing.TB) []parent {
	var out []parent
	seen := map[string]bool{}
	for _, s := range corpus(t) {
		toks := tokens(s.text)
		text := toks.text()
		if len(toks) == 0 || len(toks) > longest || seen[text] || Compare(text).Outcome != Same {
			continue
		}
		seen[text] = true
		out = append(out, toks)
	}
	if len(out) < 1000 {
		t.Fatalf("only %d statements to mutate: the test has lost its teeth", len(out))
	}
	return out
}

// tokens cuts a text as PostgreSQL's lexer does.
func tokens(text string) parent {
	scanned, err := pg.Scan(text)
	if err != nil {
		return nil
	}
	var out parent
	for _, t := range scanned.Tokens {
		if t.Token != pg.Token_SQL_COMMENT && t.Token != pg.Token_C_COMMENT && t.Start < t.End {
			out = append(out, text[t.Start:t.End])
		}
	}
	return out
}

// editBytes is how many bytes one edit takes.
const editBytes = 8

// mutate changes one of the statements. Each edit says what to do at which token, and
// what of which other statement to take for it.
func mutate(from []parent, which uint32, edits []byte) parent {
	toks := append(parent(nil), from[int(which)%len(from)]...)
	for ; len(edits) >= editBytes && len(toks) > 0; edits = edits[editBytes:] {
		at := int(binary.LittleEndian.Uint16(edits[1:])) % len(toks)
		other := from[int(binary.LittleEndian.Uint16(edits[3:]))%len(from)]
		begin := int(binary.LittleEndian.Uint16(edits[5:])) % len(other)
		end := min(len(other), begin+1+int(edits[7])%6)
		switch edits[0] % 10 {
		case 0: // without the token
			toks = append(toks[:at], toks[at+1:]...)
		case 1: // the token twice
			toks = splice(toks, at, at, toks[at:at+1])
		case 2: // two tokens exchanged
			with := begin % len(toks)
			toks[at], toks[with] = toks[with], toks[at]
		case 3, 4: // another token in its place
			toks[at] = other[begin]
		case 5: // another token before it
			toks = splice(toks, at, at, other[begin:begin+1])
		case 6: // some tokens in its place
			toks = splice(toks, at, at+1, other[begin:end])
		case 7: // a keyword in its place, or before it
			word := keywords[int(binary.LittleEndian.Uint16(edits[3:]))%len(keywords)]
			toks = splice(toks, at, at+int(edits[7])%2, parent{word})
		default: // a token of its kind in its place
			toks[at] = alike(toks[at], other, begin)
		}
	}
	return toks
}

// alike is the first token from begin on that looks like the one to be replaced.
func alike(old string, other parent, begin int) string {
	for i := range other {
		if t := other[(begin+i)%len(other)]; t != old && look(t) == look(old) {
			return t
		}
	}
	return other[begin]
}

// look is what a token begins with: a letter, a digit, a quote or a sign.
func look(token string) int {
	switch c := token[0]; {
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '"':
		return 0
	case c >= '0' && c <= '9' || c == '\'' || c == '$':
		return 1
	case strings.IndexByte("+-*/<>=~!@#%^&|`?", c) >= 0:
		return 2
	}
	return int(token[0])
}

// keywords are PostgreSQL's, from the names of its tokens.
var keywords = func() []string {
	var out []string
	for token, name := range pg.Token_name {
		if token > int32(pg.Token_C_COMMENT) && !strings.HasSuffix(name, "_LA") && token < int32(pg.Token_NULLS_LA) {
			out = append(out, strings.ToLower(strings.TrimSuffix(name, "_P")))
		}
	}
	slices.Sort(out)
	return out
}()

func splice(toks parent, begin, end int, with parent) parent {
	out := append(parent(nil), toks[:begin]...)
	out = append(out, with...)
	return append(out, toks[end:]...)
}

func (p parent) text() string { return strings.Join(p, " ") }

// shrink takes tokens away as long as the difference stays of its kind.
func shrink(toks parent, v Verdict) (parent, Verdict) {
	for again := true; again; {
		again = false
		for size := max(1, len(toks)/2); size >= 1; size /= 2 {
			for at := 0; at+size <= len(toks); {
				less := splice(toks, at, at+size, nil)
				if w := Compare(less.text()); w.Outcome == v.Outcome && w.Reason == v.Reason {
					toks, v, again = less, w, true
				} else {
					at++
				}
			}
		}
	}
	return toks, v
}

// TestMutants compares mutants of the corpus. Each of their differences must belong
// to one of the classes that excused knows.
func TestMutants(t *testing.T) {
	from := parents(t)
	rng := rand.New(rand.NewPCG(*seed, 2))
	counts, excuses := map[string]int{}, map[string]int{}
	seen := map[string]bool{}
	for range *mutants {
		edits := make([]byte, editBytes*[...]int{1, 1, 1, 2, 2, 3}[rng.IntN(6)])
		for i := range edits {
			edits[i] = byte(rng.Uint32())
		}
		toks := mutate(from, rng.Uint32(), edits)
		v := Compare(toks.text())
		counts[v.Outcome.String()]++
		if v.Outcome != Differs && !(*words && v.Outcome == Otherwise) {
			continue
		}
		if why := excused(toks.text(), v); why != "" {
			excuses[why]++
			continue
		}
		toks, v = shrink(toks, v)
		if text := toks.text(); !seen[text] && excused(text, v) == "" {
			if seen[text] = true; len(seen) <= *shown {
				t.Errorf("%s\n  %s\n  PostgreSQL: %s\n  Tarn:       %s", text, v.Reason, v.PG, v.Tarn)
			}
		}
	}
	report(t, "mutants", counts)
	report(t, "differences excused", excuses)
	if len(seen) > *shown {
		t.Errorf("%d further differences", len(seen)-*shown)
	}
}

// FuzzTokens is TestMutants with edits that the coverage of Tarn's parser leads.
func FuzzTokens(f *testing.F) {
	from := parents(f)
	for i := range 64 {
		f.Add(uint32(i*len(from)/64), make([]byte, editBytes))
	}
	f.Fuzz(func(t *testing.T, which uint32, edits []byte) {
		toks := mutate(from, which, edits[:min(len(edits), 4*editBytes)])
		v := Compare(toks.text())
		if v.Outcome == Differs && excused(toks.text(), v) == "" {
			toks, v = shrink(toks, v)
			t.Errorf("%s\n  %s\n  PostgreSQL: %s\n  Tarn:       %s", toks.text(), v.Reason, v.PG, v.Tarn)
		}
	})
}
