package fn

import (
	"errors"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Visible makes of a value's error the one type that a user can see. Other
// errors, and nil, are returned as they are.
func Visible(err error) error {
	var f *row.Error
	if !errors.As(err, &f) {
		return err
	}
	e := pgerr.Wrap(err, f.Code, "%s", f.Message)
	e.Detail, e.Hint, e.Context = f.Detail, f.Hint, f.Context
	return e
}
