package pgoracle

import (
	"regexp"
	"strings"
)

// excuse is a class of differences that are known and left.
type excuse struct {
	name string
	is   func(text string, v Verdict) bool
}

var (
	keywordsOf16 = regexp.MustCompile(`(?i)\b(json_array|json_arrayagg|json_object|json_objectagg|system_user|format\s+json)\b`)
	plainNames   = regexp.MustCompile(`(?i)\b(extract\s*\(\s*[a-z]|time\s+zone\s+[a-z])`)
	atParameter  = regexp.MustCompile(`at or near "\$\d+`)
	ownStart     = regexp.MustCompile(`(?i)^\s*create\s+source\b`)
	lineComment  = regexp.MustCompile(`'[ \t]*--[^\n]*\n\s*'`)
)

// excuses are tried in order. The first are not Tarn's: what PostgreSQL 16 reads in
// another way than 15, and where libpg_query is not PostgreSQL.
var excuses = []excuse{
	{"a keyword since PostgreSQL 16", func(text string, v Verdict) bool {
		return keywordsOf16.MatchString(text)
	}},
	{"libpg_query takes $n where PostgreSQL wants a literal or a name", func(_ string, v Verdict) bool {
		return strings.Contains(v.Tarn, "42601 ") && atParameter.MatchString(v.Tarn)
	}},
	{"libpg_query shows one letter of the word behind a number, PostgreSQL all of it", func(_ string, v Verdict) bool {
		return v.Outcome == Otherwise && strings.HasPrefix(v.Tarn, "trailing junk after")
	}},
	{"libpg_query does not join strings with a comment between them", func(text string, v Verdict) bool {
		return lineComment.MatchString(text)
	}},
	{"Tarn takes an unreserved keyword where only a word that is none may stand", func(text string, v Verdict) bool {
		return strings.HasPrefix(v.Reason, "accepted") && plainNames.MatchString(text)
	}},
	{"Tarn keeps the word of an option that PostgreSQL reads as a type", func(_ string, v Verdict) bool {
		return strings.Contains(v.PG, "an option of the type pg_catalog.")
	}},
	{"an error in SQL of Tarn's own", func(text string, v Verdict) bool {
		return v.Outcome == Otherwise && ownStart.MatchString(text)
	}},
	{"PostgreSQL counts the names of a function later", func(_ string, v Verdict) bool {
		return strings.Contains(v.Tarn, "too many dotted names")
	}},
	{"the schema of Tarn's encodings", func(_ string, v Verdict) bool {
		return strings.Contains(v.Tarn, `schema name "pg_ast" is reserved`)
	}},
}

// excused names the class of differences that one belongs to, if it is known and
// left; empty if it is not.
func excused(text string, v Verdict) string {
	for _, e := range excuses {
		if e.is(text, v) {
			return e.name
		}
	}
	return ""
}
