package parser

import (
	"errors"
	"io"
	"sync"

	tidb "github.com/pingcap/tidb/pkg/parser"
	tast "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/format"
	"github.com/pingcap/tidb/pkg/parser/mysql"
)

// TiDB's grammar asks a driver for its literals. Ours keeps the value that the
// lexer hands over and nothing else. The forms that the emitted language does not
// have are errors: the driver that TiDB ships for tests panics on long decimals.

var (
	errForeignLiteral = errors.New("literal outside the emitted language")
	errNoText         = errors.New("a literal of the parser's driver has no text")
)

func init() {
	tast.NewValueExpr = func(value any, _, _ string) tast.ValueExpr { return &literal{value: value} }
	tast.NewParamMarkerExpr = func(int) tast.ParamMarkerExpr { return &paramMarker{} }
	reject := func(string) (any, error) { return nil, errForeignLiteral }
	tast.NewDecimal = reject
	tast.NewHexLiteral = reject
	tast.NewBitLiteral = reject
}

// literal is int64, string, bool or nil; decode rejects anything else.
type literal struct {
	tast.TexprNode
	value  any
	offset int
}

// paramMarker exists because the grammar can make one; decode rejects it.
type paramMarker struct{ literal }

var (
	_ tast.ValueExpr       = (*literal)(nil)
	_ tast.ParamMarkerExpr = (*paramMarker)(nil)
)

func (*literal) Restore(*format.RestoreCtx) error { return errNoText }
func (*literal) Format(io.Writer)                 {}

func (n *literal) Accept(v tast.Visitor) (tast.Node, bool) {
	node, _ := v.Enter(n)
	return v.Leave(node)
}

func (n *literal) SetValue(v any) { n.value = v }
func (n *literal) GetValue() any  { return n.value }
func (n *literal) GetString() string {
	s, _ := n.value.(string)
	return s
}
func (n *literal) GetDatumString() string    { return n.GetString() }
func (n *literal) GetProjectionOffset() int  { return n.offset }
func (n *literal) SetProjectionOffset(o int) { n.offset = o }
func (*paramMarker) SetOrder(int)            {}

// maxPooledText is the emitted text above which a TiDB parser is thrown away: it
// keeps its largest stack for ever.
const maxPooledText = 256 << 10

// pool holds TiDB parsers; each serves one goroutine at a time. The trees they
// make are not tied to them.
var pool = sync.Pool{New: func() any { return tidb.New() }}

// parseEmitted runs TiDB's grammar over one emitted statement.
func parseEmitted(text string) (tast.StmtNode, error) {
	tp := pool.Get().(*tidb.Parser)
	tp.Reset()
	tp.SetSQLMode(mysql.ModeNoBackslashEscapes)
	stmts, _, err := tp.ParseSQL(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, errors.New("emitted text is not one statement")
	}
	stmt := stmts[0]
	if len(text) <= maxPooledText {
		pool.Put(tp)
	}
	return stmt, nil
}
