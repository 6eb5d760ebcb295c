package pgoracle

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

func createSequence(s *pg.CreateSeqStmt) *ast.CreateSequence {
	only(s, "sequence", "options", "if_not_exists")
	return &ast.CreateSequence{Loc: ast.NoPos, IfNotExists: s.IfNotExists, Name: object(s.Sequence), Options: sequenceOptions(s.Options)}
}

func alterSequence(s *pg.AlterSeqStmt) *ast.AlterSequence {
	only(s, "sequence", "options", "missing_ok")
	return &ast.AlterSequence{Loc: ast.NoPos, IfExists: s.MissingOk, Name: object(s.Sequence), Options: sequenceOptions(s.Options)}
}

// sequenceOptions: an option that is given twice is PostgreSQL's to refuse after
// parsing, and Tarn's at once.
func sequenceOptions(list []*pg.Node) ast.SequenceOptions {
	var out ast.SequenceOptions
	seen := map[string]bool{}
	for _, n := range list {
		d := n.GetDefElem()
		only(d, "defname", "arg", "defaction")
		if seen[d.Defname] {
			no("an option twice")
		}
		seen[d.Defname] = true
		switch d.Defname {
		case "as":
			out.Type = typeName(d.Arg.GetTypeName())
		case "cache":
			out.Cache = bigNumber(d.Arg)
		case "cycle":
			on := d.Arg.GetBoolean().GetBoolval()
			out.Cycle = &on
		case "increment":
			out.Increment = bigNumber(d.Arg)
		case "minvalue":
			out.Min, out.NoMin = bigNumber(d.Arg), d.Arg.GetNode() == nil
		case "maxvalue":
			out.Max, out.NoMax = bigNumber(d.Arg), d.Arg.GetNode() == nil
		case "start":
			out.Start = bigNumber(d.Arg)
		case "restart":
			out.Restart, out.RestartWith = true, bigNumber(d.Arg)
		case "owned_by":
			out.OwnedBy = texts(d.Arg.GetList().Items)
		default:
			no("%s of a sequence", d.Defname)
		}
	}
	return out
}

func bigNumber(n *pg.Node) *int64 {
	var v int64
	switch n := n.GetNode().(type) {
	case nil:
		return nil
	case *pg.Node_Integer:
		v = int64(n.Integer.Ival)
	case *pg.Node_Float:
		var err error
		if v, err = strconv.ParseInt(n.Float.Fval, 10, 64); err != nil {
			no("a number of a sequence that is not a whole one of 64 bits")
		}
	default:
		no("%T as a number", n)
	}
	return &v
}
