package cursor

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// CheckOptions refuses a DECLARE that says what does not go together.
func CheckOptions(n *ast.DeclareCursor) error {
	both := func(a, b string) error {
		return pgerr.New(pgerr.InvalidCursorDefinition, "cannot specify both %s and %s", a, b)
	}
	switch {
	case n.Scroll && n.NoScroll:
		return both("SCROLL", "NO SCROLL")
	case n.Asensitive && n.Insensitive:
		return both("ASENSITIVE", "INSENSITIVE")
	case n.Query.Changes():
		return pgerr.New(pgerr.FeatureNotSupported, "DECLARE CURSOR must not contain data-modifying statements in WITH")
	case len(n.Query.Locking) == 0:
		return nil
	}
	locks := "FOR " + strings.ToUpper(n.Query.Locking[0].Strength)
	switch {
	case n.Hold:
		return pgerr.New(pgerr.FeatureNotSupported, "DECLARE CURSOR WITH HOLD ... %s is not supported", locks).
			WithDetail("Holdable cursors must be READ ONLY.")
	case n.Scroll:
		return pgerr.New(pgerr.FeatureNotSupported, "DECLARE SCROLL CURSOR ... %s is not supported", locks).
			WithDetail("Scrollable cursors must be READ ONLY.")
	case n.Insensitive:
		return pgerr.New(pgerr.InvalidCursorDefinition, "DECLARE INSENSITIVE CURSOR ... %s is not valid", locks).
			WithDetail("Insensitive cursors must be READ ONLY.")
	}
	return nil
}
