package parser

import "strings"

// category is PostgreSQL's class of a keyword: where it may stand as a name.
// Unreserved keywords are names everywhere, so they need no entry and count as
// ordinary words; what grammar they start is decided by looking at their text.
type category uint8

const (
	catPlain    category = iota // no keyword, or an unreserved one
	catColumn                   // may name a column or table, not a function or type
	catTypeFunc                 // may name a function or type, not a column or table
	catReserved                 // only after AS
	catPaired                   // one token with the word behind it: no name
)

const columnKeywords = `between bigint bit boolean char character coalesce dec decimal
exists extract float greatest grouping inout int integer interval least national nchar none
normalize nullif numeric out overlay position precision real row setof smallint substring
time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists
xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`

const typeFuncKeywords = `authorization binary collation concurrently cross current_schema
freeze full ilike inner is isnull join left like natural notnull outer overlaps right
similar tablesample verbose`

const reservedKeywords = `all analyse analyze and any array as asc asymmetric both case cast
check collate column constraint create current_catalog current_date current_role current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch
for foreign from grant group having in initially intersect into lateral leading limit localtime
localtimestamp not null offset on only or order placing primary references returning select
session_user some symmetric table then to trailing true union unique user using variadic when
where window with`

// asOnlyLabels may be a column's label only after AS.
const asOnlyLabels = `array as char character create day except fetch filter for from grant
group having hour intersect into isnull limit minute month notnull offset on order over
overlaps precision returning second to union varying where window with within without year`

var (
	categories = buildCategories()
	asOnly     = wordSet(asOnlyLabels)
)

// paired are the words that gram.y has a token of its own for where one of some words
// stands behind them.
var paired = map[string]map[string]bool{
	"not": negatable, "nulls": wordSet("first last"), "with": wordSet("time ordinality"), "without": wordSet("time"),
}

// markPaired marks the words that are one token with what is behind them.
func markPaired(toks []token) {
	for i := range toks {
		if t := &toks[i]; t.kind == tokWord && paired[t.text] != nil {
			if next := &toks[i+1]; next.kind == tokWord && paired[t.text][next.text] {
				t.cat = catPaired
			}
		}
	}
}

func buildCategories() map[string]category {
	m := make(map[string]category, 256)
	for cat, list := range map[category]string{
		catColumn: columnKeywords, catTypeFunc: typeFuncKeywords, catReserved: reservedKeywords,
	} {
		for w := range strings.FieldsSeq(list) {
			m[w] = cat
		}
	}
	return m
}

func wordSet(list string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
