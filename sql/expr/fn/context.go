// Package fn is what every scalar function, operator, cast and table function is
// made of: its descriptor, the column kernel that computes it, the context it
// runs in, and the registry that finds it by PostgreSQL's rules. The functions
// themselves live in the packages under sql/expr/builtin.
package fn

import (
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/chance"
)

// Context is what an evaluation may know besides its rows. It is read only while
// an evaluation runs; several goroutines may share one.
type Context struct {
	Now    int64           // the statement's or the epoch's clock: microseconds since 2000-01-01 UTC
	Zone   *time.Location  // the session's time zone; nil means UTC
	Forms  row.Forms       // how the session has values look as text
	Params []row.Datum     // $1 is Params[0], already of the type that the Param node declares
	System System          // answers system functions; nil refuses them with 0A000
	Chance *chance.Source  // the session's random numbers; nil: any
	Done   <-chan struct{} // closed when the statement is to end before it is done; nil: never
}

// Location is the session's time zone, never nil.
func (c *Context) Location() *time.Location {
	if c == nil || c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// System answers the functions that look at the server and not at their row:
// current_user, pg_get_viewdef, regclass names and so on. The engine implements
// it by a switch on the name.
//
// name is the function's name in pg_catalog; casts from and to the oid aliases
// arrive as regclassin(text) and regclassout(regclass), and likewise for
// regtype, regproc and regnamespace. args follow argTypes; functions that are
// not strict in PostgreSQL may be given NULLs. The datum returned is of the
// function's declared result type. A name that the implementation does not know
// must yield an error with SQLSTATE 0A000.
type System interface {
	Call(name string, argTypes []row.Type, args []row.Datum) (row.Datum, error)
}
