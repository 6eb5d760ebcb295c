package settings

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Run is SET or RESET of one parameter.
func (s *Settings) Run(n *ast.Set) error {
	if n.Default {
		return s.Reset(n.Name)
	}
	parts := make([]string, len(n.Values))
	for i, v := range n.Values {
		parts[i] = constText(v)
		if n.Name == "search_path" && !ident.Plain(parts[i]) {
			parts[i] = `"` + strings.ReplaceAll(parts[i], `"`, `""`) + `"`
		}
	}
	if key := strings.ToLower(n.Name); len(parts) > 1 && key != "search_path" && key != "datestyle" {
		return pgerr.New(pgerr.InvalidParameterValue, "SET %s takes only one argument", n.Name)
	}
	return s.Set(n.Name, strings.Join(parts, ", "))
}

// constText is a setting's value as text.
func constText(c *ast.Const) string {
	switch c.Kind {
	case ast.ConstInt:
		return strconv.FormatInt(c.Int, 10)
	case ast.ConstBool:
		return strconv.FormatBool(c.Bool)
	}
	return c.Text
}
