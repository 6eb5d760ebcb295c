package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Arguments binds the values that EXECUTE gives to parameters of the given types.
// They read nothing.
func Arguments(list []ast.Expr, types []row.Type, opts Options) ([]planner.Scalar, error) {
	b := newBinder(opts)
	out := make([]planner.Scalar, len(list))
	for i, e := range list {
		v, err := b.rule(e, nil, "EXECUTE parameters", "EXECUTE parameter")
		if err != nil {
			return nil, err
		}
		from := v.Type()
		if out[i], err = b.typing.Coerce(v, types[i], expr.Assignment); pgerr.Code(err) == pgerr.CannotCoerce {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s", i+1, from.Base(), types[i].Base()).
				WithHint("You will need to rewrite or cast the expression.").At(v.Pos())
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
