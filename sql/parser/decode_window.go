package parser

import (
	tast "github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/tarndb/tarn/sql/ast"
)

// window decodes a window specification or a reference to one.
func (d *decoder) window(n tast.ExprNode) *ast.WindowDef {
	name, args := call(n)
	if name != "window" {
		broken("window %T", n)
	}
	need(name, args, 2, -1)
	w := &ast.WindowDef{Loc: d.loc(n), Name: stringArg(args[0]), RefName: stringArg(args[1])}
	for _, a := range args[2:] {
		switch name, args := call(a); name {
		case "partition":
			w.PartitionBy = d.exprs(args)
		case "order":
			w.OrderBy = d.sorts(args)
		case "frame":
			w.Frame = d.frame(args)
		default:
			broken("window part %q", name)
		}
	}
	return w
}

var frameModes = map[string]ast.FrameMode{
	"range": ast.FrameRange, "rows": ast.FrameRows, "groups": ast.FrameGroups,
}

var frameExclusions = map[string]ast.FrameExclusion{
	"": ast.ExcludeNothing, "current row": ast.ExcludeCurrentRow, "group": ast.ExcludeGroup, "ties": ast.ExcludeTies,
}

var boundKinds = map[string]ast.BoundKind{
	"unbounded preceding": ast.UnboundedPreceding, "preceding": ast.OffsetPreceding,
	"current row": ast.CurrentRow, "following": ast.OffsetFollowing,
	"unbounded following": ast.UnboundedFollowing,
}

func (d *decoder) frame(args []tast.ExprNode) *ast.Frame {
	need("frame", args, 3, 4)
	mode, ok := frameModes[stringArg(args[0])]
	exclude, ok2 := frameExclusions[stringArg(args[1])]
	if !ok || !ok2 {
		broken("frame")
	}
	f := &ast.Frame{Mode: mode, Exclude: exclude, Start: d.bound(args[2]), End: ast.FrameBound{Kind: ast.CurrentRow}}
	if len(args) == 4 {
		f.End = d.bound(args[3])
	}
	return f
}

func (d *decoder) bound(n tast.ExprNode) ast.FrameBound {
	name, args := call(n)
	if name != "bound" {
		broken("frame bound %T", n)
	}
	need(name, args, 1, 2)
	kind, ok := boundKinds[stringArg(args[0])]
	if !ok || (len(args) == 2) != (kind == ast.OffsetPreceding || kind == ast.OffsetFollowing) {
		broken("frame bound")
	}
	b := ast.FrameBound{Kind: kind}
	if len(args) == 2 {
		b.Offset = d.expr(args[1])
	}
	return b
}
