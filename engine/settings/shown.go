package settings

import (
	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/engine/result"
	"github.com/tarndb/tarn/row"
)

// ShownColumns is the shape of SHOW of a parameter, or of all.
func ShownColumns(name string) []result.Column {
	text := row.T(row.Text)
	if name == "all" {
		return []result.Column{{Name: "name", Type: text}, {Name: "setting", Type: text}, {Name: "description", Type: text}}
	}
	return []result.Column{{Name: Canonical(name), Type: text}}
}

// Shown is the rows of SHOW; 42704 for a parameter that there is not.
func (s *Settings) Shown(name string) (*row.Batch, error) {
	var types []row.Type
	for _, c := range ShownColumns(name) {
		types = append(types, c.Type)
	}
	b := cells.Builder{Out: row.NewBatch(types, 0)}
	if name == "all" {
		for _, x := range s.List() {
			b.Add(x.Name, x.Value, x.Description)
		}
		return b.Out, nil
	}
	v, ok := s.Show(name)
	if !ok {
		return nil, Unknown(name)
	}
	b.Add(v)
	return b.Out, nil
}
