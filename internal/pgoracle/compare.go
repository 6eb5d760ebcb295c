package pgoracle

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	pgparser "github.com/pganalyze/pg_query_go/v5/parser"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Outcome is what came of reading one text twice.
type Outcome int

// The outcomes. Differs is the one that is wrong.
const (
	Same        Outcome = iota // both accept it, and the trees are equal
	Refused                    // both refuse it, in the same words and at the same place
	Otherwise                  // both refuse it, in other words or at another place
	Unsupported                // Tarn says that it does not support it (0A000)
	Own                        // SQL of Tarn's own
	Newer                      // PostgreSQL 16 reads what 15 refuses
	Late                       // Tarn refuses at once what PostgreSQL refuses later
	Limit                      // longer or deeper than Tarn takes
	Differs
)

func (o Outcome) String() string {
	return [...]string{"same tree", "refused by both", "refused otherwise", "not supported", "Tarn's own", "PostgreSQL 16's", "refused earlier",
		"past a limit", "different"}[o]
}

// Verdict says how the two readings of a text compare.
type Verdict struct {
	Outcome Outcome
	Reason  string // of a difference its class; else what is not supported, own or newer
	PG      string // the tree, or the error
	Tarn    string
}

// Compare reads text with both grammars.
func Compare(text string) Verdict {
	tree, pgErr := pg.Parse(text)
	stmts, tarnErr := parseTarn(text)
	switch {
	case pgErr != nil && tarnErr != nil:
		return compareErrors(pgErr, pgerr.From(tarnErr))
	case pgErr != nil:
		return onlyTarn(stmts, pgErr)
	case tarnErr != nil:
		return onlyPostgres(tree, pgerr.From(tarnErr))
	}
	return compareTrees(tree, stmts)
}

func parseTarn(text string) ([]ast.Statement, error) {
	parsed, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	var out []ast.Statement
	for _, s := range parsed {
		out = append(out, s.Node)
	}
	return out, nil
}

// compareErrors: what Tarn says that it does not support may have its error of syntax
// further on.
func compareErrors(pgErr error, tarnErr *pgerr.Error) Verdict {
	v := Verdict{Outcome: Refused, PG: pgMessage(pgErr), Tarn: said(tarnErr.Message, tarnErr.Position)}
	if v.PG != v.Tarn && tarnErr.Code != pgerr.FeatureNotSupported {
		v.Outcome, v.Reason = Otherwise, "another message, or another place of it"
	}
	return v
}

func pgMessage(err error) string {
	var e *pgparser.Error
	if errors.As(err, &e) {
		return said(e.Message, e.Cursorpos)
	}
	return err.Error()
}

// said is a message with its place, if it has one.
func said(message string, position int) string {
	if position > 0 {
		message += fmt.Sprintf(" (at %d)", position)
	}
	return message
}

func onlyTarn(stmts []ast.Statement, pgErr error) Verdict {
	v := Verdict{PG: pgMessage(pgErr), Tarn: printed(stmts)}
	if what := own(stmts); what != "" {
		v.Outcome, v.Reason = Own, what
		return v
	}
	v.Outcome, v.Reason = Differs, "accepted, not refused: "+place.ReplaceAllString(general(v.PG), "")
	return v
}

func onlyPostgres(tree *pg.ParseResult, err *pgerr.Error) Verdict {
	v := Verdict{Tarn: err.Code + " " + err.Message}
	if trees, err := Translate(tree); err != nil {
		v.PG = err.Error()
	} else {
		v.PG = printed(trees)
	}
	json := newer(tree)
	switch {
	case err.Code == pgerr.FeatureNotSupported:
		v.Outcome, v.Reason = Unsupported, err.Message
	case err.Code == pgerr.StatementTooComplex || err.Code == pgerr.ProgramLimitExceeded:
		v.Outcome, v.Reason = Limit, err.Message
	case json != "":
		v.Outcome, v.Reason = Newer, json
	case isLate(err.Message):
		v.Outcome, v.Reason = Late, general(err.Message)
	default:
		v.Outcome, v.Reason = Differs, "refused, not accepted: "+general(err.Message)
	}
	return v
}

func compareTrees(tree *pg.ParseResult, stmts []ast.Statement) Verdict {
	what := own(stmts)
	for _, s := range stmts {
		normalize(s)
	}
	v := Verdict{Tarn: printed(stmts)}
	trees, err := Translate(tree)
	if err != nil {
		v.PG = err.Error()
	} else {
		v.PG = printed(trees)
	}
	switch json := newer(tree); {
	case err == nil && v.PG == v.Tarn:
		v.Outcome = Same
		if where := misplaced(trees, stmts); where != "" {
			v.Outcome, v.Reason, v.PG, v.Tarn = Differs, "another place", "", where
		}
	case what != "":
		v.Outcome, v.Reason = Own, what
	case json != "":
		v.Outcome, v.Reason = Newer, json
	case err != nil:
		v.Outcome, v.Reason = Differs, "accepted, and Tarn's tree has no place for it: "+v.PG
	default:
		v.Outcome, v.Reason = Differs, "another tree"
	}
	return v
}

func printed(stmts []ast.Statement) string {
	var out []string
	for _, s := range stmts {
		out = append(out, ast.String(s))
	}
	return strings.Join(out, "\n")
}

var (
	quoted = regexp.MustCompile(`"[^"]*"`)
	place  = regexp.MustCompile(` \(at \d+\)$`)
)

// general takes from a message what belongs to its statement.
func general(message string) string { return quoted.ReplaceAllString(message, `"..."`) }
