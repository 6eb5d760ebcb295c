package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Replaces checks that a view may take the place of the one with its number, if
// there is one: what reads that must find its columns, and go on as it is.
func (c *Catalog) Replaces(o *Object) error {
	old := c.Objects[o.OID]
	if old == nil {
		return nil
	}
	if len(o.Columns) < len(old.Columns) {
		return pgerr.New(pgerr.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, was := range old.Columns {
		is := o.Columns[i]
		if is.Name != was.Name {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change name of view column %q to %q", was.Name, is.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if is.Type != was.Type {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change data type of view column %q from %s to %s", was.Name, was.Type, is.Type)
		}
		o.Columns[i].Comment = was.Comment
	}
	readers := c.Dependents(old)
	if slices.Contains(o.Deps, o.OID) {
		return recursive(o)
	}
	for _, r := range readers {
		if slices.Contains(o.Deps, r.OID) {
			return recursive(o)
		}
		if r.Kind == MaterializedView {
			return pgerr.New(pgerr.FeatureNotSupported, "cannot replace view %q: %s reads it, whose rows would have to be computed anew", o.Name, r.Words()).
				WithHint("Drop the %s first.", r.Words())
		}
	}
	return nil
}

func recursive(o *Object) error {
	return pgerr.New(pgerr.InvalidObjectDefinition, "infinite recursion detected in rules for relation %q", o.Name)
}

// StillNeeded is the error of a DROP without CASCADE.
func StillNeeded(gone, more []*Object) error {
	var detail []string
	for _, o := range slices.Backward(more) {
		for _, g := range slices.Concat(gone, more) {
			if readsDirectly(o, g, more) {
				detail = append(detail, fmt.Sprintf("%s depends on %s", o.Words(), g.Words()))
				break // each is told once
			}
		}
	}
	return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", gone[0].Words()).
		WithDetail("%s", strings.Join(detail, "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// SchemaNeeded is the error of a DROP SCHEMA without CASCADE.
func SchemaNeeded(names []string, types []*Type, inside, more []*Object) error {
	var detail []string
	for _, t := range types {
		detail = append(detail, fmt.Sprintf("type %s depends on schema %s", &t.EnumType, t.Schema))
	}
	for _, o := range inside {
		detail = append(detail, fmt.Sprintf("%s depends on schema %s", o.Words(), o.Schema))
	}
	for _, o := range slices.Backward(more) {
		for _, g := range slices.Concat(inside, more) {
			if readsDirectly(o, g, more) {
				detail = append(detail, fmt.Sprintf("%s depends on %s", o.Words(), g.Words()))
			}
		}
	}
	return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop schema %s because other objects depend on it", names[0]).
		WithDetail("%s", strings.Join(detail, "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// readsDirectly reports that a view names an object itself, and not only a plain
// view, one of more, behind which it is.
func readsDirectly(o, of *Object, more []*Object) bool {
	return slices.Contains(o.Deps, of.OID) && !slices.ContainsFunc(more, func(v *Object) bool {
		return v.Kind == View && v != o && slices.Contains(o.Deps, v.OID) && slices.Contains(v.Deps, of.OID)
	})
}

// Unused lists the arrangements of dropped objects that no other
// object shares.
func Unused(gone []*Object, next *Catalog) []storage.ArrID {
	all := &Catalog{Objects: map[uint32]*Object{}}
	for _, o := range gone {
		all.Objects[o.OID] = o
	}
	out := all.Arrangements()
	for id := range next.Arrangements() {
		delete(out, id)
	}
	return slices.Sorted(maps.Keys(out))
}

// Unretypable is the error of ALTER COLUMN TYPE of what a view reads.
func Unretypable(column string, v *Object) error {
	return pgerr.New(pgerr.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
		WithDetail("rule _RETURN on %s depends on column %q", v.Words(), column)
}

// Broken is the error of an ALTER TABLE after which views would not mean what they
// meant; nil if there are none. dropped are the columns that it drops.
func Broken(o *Object, views []*Object, dropped []string) error {
	if len(views) == 0 {
		return nil
	}
	if len(dropped) == 0 {
		return pgerr.New(pgerr.FeatureNotSupported, "cannot alter %s: %s reads it by the names that it has", o.Words(), views[0].Words()).
			WithHint("Drop the %s first, and create it again afterwards.", views[0].Words())
	}
	column := fmt.Sprintf("column %s of table %s", dropped[0], o.Name)
	var detail []string
	for _, v := range views {
		on := column
		for _, w := range views {
			if slices.Contains(v.Deps, w.OID) {
				on = w.Words()
			}
		}
		detail = append(detail, v.Words()+" depends on "+on)
	}
	return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", column).
		WithDetail("%s", strings.Join(detail, "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}
