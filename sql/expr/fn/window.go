package fn

import "github.com/tarndb/tarn/row"

// Window declares a function that has a meaning only over a window. Its name says
// which one it is; package over computes it.
func (r *Registry) Window(signature string) {
	f := parseSignature(signature)
	r.windows[f.Name] = append(r.windows[f.Name], f)
}

// HasWindow reports that a window function of the name exists, whatever its arguments.
func (r *Registry) HasWindow(name string) bool { return len(r.windows[name]) > 0 }

// WindowFunction picks a window function by PostgreSQL's rules.
func (r *Registry) WindowFunction(schema, name string, args []row.Type) (Resolution, error) {
	return r.pick(r.windows, schema, name, args)
}
