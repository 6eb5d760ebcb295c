// Package jsonpaths declares the functions and operators over SQL/JSON paths, and
// evaluates them.
package jsonpaths

import (
	"errors"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/jsonb/jsonpath"
	"github.com/tarndb/tarn/sql/expr/builtin/patterns"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// query is a path with what it needs to be evaluated again and again, by one evaluator.
type query struct {
	path      *jsonpath.Path
	regexes   map[*jsonpath.Node]func([]byte) bool
	templates map[*jsonpath.Node]*template
}

func newQuery(text string) (*query, error) {
	p, err := jsonpath.Parse(text)
	return &query{path: p, regexes: map[*jsonpath.Node]func([]byte) bool{}, templates: map[*jsonpath.Node]*template{}}, err
}

// template reads the template of datetime().
func (q *query) template(n *jsonpath.Node) (*template, error) {
	if t := q.templates[n]; t != nil {
		return t, nil
	}
	t, err := parseTemplate(n.Left.Text)
	if err == nil {
		q.templates[n] = t
	}
	return t, err
}

// regex compiles the pattern of like_regex. XQuery's flags are not quite PostgreSQL's:
// without s a dot does not match a newline, with m also ^ and $ do.
func (q *query) regex(n *jsonpath.Node) (func([]byte) bool, error) {
	if m := q.regexes[n]; m != nil {
		return m, nil
	}
	options := ""
	for _, flag := range []string{"i", "q"} {
		if strings.Contains(n.Flags, flag) {
			options += flag
		}
	}
	if !strings.Contains(n.Flags, "q") {
		if !strings.Contains(n.Flags, "s") {
			options += "p"
		}
		if strings.Contains(n.Flags, "m") {
			options += "w"
		}
	}
	m, err := patterns.Matcher(n.Text, options)
	if err == nil {
		q.regexes[n] = m
	}
	return m, err
}

// call is one evaluation of a function over a path.
type call struct {
	run
	silent bool
}

// newCall takes the arguments of a function: the document, the path, the variables and
// whether to be silent, the last two of which may be left out.
func newCall(c *fn.Call, args []row.Datum) (*call, error) {
	q, err := fn.Cached(c, args[1].B, newQuery)
	if err != nil {
		return nil, err
	}
	out := &call{run: run{q: q, root: args[0].B, vars: value("{}"), made: 2}}
	if len(args) > 2 {
		out.vars = args[2].B
	}
	if len(args) > 3 {
		out.silent = args[3].I != 0
	}
	if kindOf(out.vars) != jsonb.Object {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "\"vars\" argument is not an object").
			WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
	}
	return out, nil
}

// newZonedCall is newCall of a function that may use the session's time zone.
func newZonedCall(c *fn.Call, args []row.Datum) (*call, error) {
	x, err := newCall(c, args)
	if err == nil {
		x.zones = zones{here: c.Location(), now: c.Ctx.Clock()}
	}
	return x, err
}

// newOperator is newCall for an operator, which has no variables and is silent.
func newOperator(c *fn.Call, args []row.Datum) (*call, error) {
	q, err := fn.Cached(c, args[1].B, newQuery)
	return &call{run: run{q: q, root: args[0].B, vars: value("{}"), made: 1}, silent: true}, err
}

// prepare begins a call with its arguments.
type prepare func(*fn.Call, []row.Datum) (*call, error)

// rows makes a kernel of a test of one document.
func rows(prepare prepare, test func(*call) (bool, error)) fn.Kernel {
	return fn.Rows(func(c *fn.Call, i int) error {
		x, err := prepare(c, datums(c, i))
		if err != nil {
			return err
		}
		v, err := test(x)
		if err != nil {
			return x.answer(err)
		}
		c.Out.Append(row.BoolDatum(v))
		return nil
	})
}

func datums(c *fn.Call, i int) []row.Datum {
	out := make([]row.Datum, len(c.Args))
	for k := range out {
		out[k] = c.Args[k].Datum(i)
	}
	return out
}

// answer is an error for the client; a failure that is kept silent is NULL.
func (c *call) answer(err error) error {
	var f failure
	if !errors.As(err, &f) {
		return err
	}
	if c.silent {
		return fn.ErrNull
	}
	return f.error
}

func exists(c *call) (bool, error) { return c.find(nil) }

func match(c *call) (bool, error) {
	var found items
	if _, err := c.find(&found); err != nil {
		return false, err
	}
	if len(found.list) == 1 {
		switch v := found.list[0]; kindOf(v) {
		case jsonb.Bool:
			return v[0] == 't', nil
		case jsonb.Null:
			return false, fn.ErrNull
		}
	}
	return false, fail("22038", "single boolean result is expected")
}

// search finds all items; where it fails silently those before the failure.
func (p prepare) search(c *fn.Call, args []row.Datum) ([]value, error) {
	x, err := p(c, args)
	if err != nil {
		return nil, err
	}
	var found items
	if _, err = x.find(&found); err != nil {
		if err = x.answer(err); err == fn.ErrNull {
			err = nil // what was found before counts
		}
	}
	for i, v := range found.list {
		found.list[i] = json(v)
	}
	return found.list, err
}

func (p prepare) queryArray(c *fn.Call, i int, dst []byte) ([]byte, error) {
	list, err := p.search(c, datums(c, i))
	dst = append(dst, '[')
	for k, v := range list {
		if k > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, v...)
	}
	return append(dst, ']'), err
}

func (p prepare) queryFirst(c *fn.Call, i int, dst []byte) ([]byte, error) {
	list, err := p.search(c, datums(c, i))
	if err == nil && len(list) == 0 {
		err = fn.ErrNull
	}
	if err != nil {
		return dst, err
	}
	return append(dst, list[0]...), nil
}

func (p prepare) queryRows(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
	list, err := p.search(c, args)
	for _, v := range list {
		emit(row.BytesDatum(v))
	}
	return err
}

// Declare adds the functions to a registry. Those whose names end in _tz may use the
// time zone of the session.
func Declare(r *fn.Registry) {
	for name, test := range map[string]func(*call) (bool, error){"@?": exists, "@@": match} {
		r.Op(name+"(jsonb, jsonpath) bool", rows(newOperator, test))
	}
	r.Func("jsonb_path_exists_opr(jsonb, jsonpath) bool", rows(newOperator, exists))
	r.Func("jsonb_path_match_opr(jsonb, jsonpath) bool", rows(newOperator, match))
	for _, zone := range []string{"", "_tz"} {
		var props []fn.Property
		begin := prepare(newCall)
		if zone != "" {
			props, begin = append(props, fn.IsStable), newZonedCall
		}
		for _, params := range []string{"(jsonb, jsonpath) ", "(jsonb, jsonpath, jsonb) ", "(jsonb, jsonpath, jsonb, bool) "} {
			declare := func(name, result string, k fn.Kernel) {
				r.Func("jsonb_path_"+name+zone+params+result, k, props...)
			}
			declare("exists", "bool", rows(begin, exists))
			declare("match", "bool", rows(begin, match))
			declare("query_array", "jsonb", fn.Append(begin.queryArray))
			declare("query_first", "jsonb", fn.Append(begin.queryFirst))
			r.Table("jsonb_path_query"+zone+params+"jsonb", begin.queryRows, "", props...)
		}
		for _, name := range []string{"exists", "match", "query", "query_array", "query_first"} {
			r.Named("jsonb_path_"+name+zone, "target path vars={} silent=false")
		}
	}
}
