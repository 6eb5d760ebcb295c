package sequence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Own is a table, changed so that one of its columns owns a sequence.
func Own(c *catalog.Catalog, t, sequence *catalog.Object, column string) (*catalog.Object, error) {
	if t.Kind != catalog.Table {
		return nil, pgerr.New(pgerr.WrongObjectType, "sequence cannot be owned by relation %q", t.Name).
			WithDetail("This operation is not supported for %ss.", t.Kind.Noun())
	}
	if t.Schema != sequence.Schema {
		return nil, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to")
	}
	i := slices.IndexFunc(t.Columns, func(x catalog.Column) bool { return x.Name == column })
	if i < 0 {
		return nil, pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", column, t.Name)
	}
	if err := mayMove(c, sequence); err != nil {
		return nil, err
	}
	n, err := Disown(t, sequence.OID)
	if err == nil {
		n.Columns[i].Owns = append(n.Columns[i].Owns, sequence.OID)
	}
	return n, err
}

// Free is the table that owns a sequence, changed so that it does not; nil if there is none.
func Free(c *catalog.Catalog, sequence *catalog.Object) (*catalog.Object, error) {
	t, _ := c.Owner(sequence.OID)
	if t == nil {
		return nil, nil
	}
	if err := mayMove(c, sequence); err != nil {
		return nil, err
	}
	return Disown(t, sequence.OID)
}

func mayMove(c *catalog.Catalog, sequence *catalog.Object) error {
	if t, i := c.Owner(sequence.OID); t != nil && t.Columns[i].Identity != "" {
		return pgerr.New(pgerr.FeatureNotSupported, "cannot change ownership of identity sequence").
			WithDetail("Sequence %q is linked to table %q.", sequence.Name, t.Name)
	}
	return nil
}

// Disown is a table none of whose columns owns a sequence any more.
func Disown(t *catalog.Object, sequence uint32) (*catalog.Object, error) {
	n, err := t.Altered()
	if err != nil {
		return nil, err
	}
	for i := range n.Columns {
		n.Columns[i].Owns = slices.DeleteFunc(n.Columns[i].Owns, func(oid uint32) bool { return oid == sequence })
	}
	return n, nil
}

// Altered is a catalog with a sequence, altered, and the table that owns it from now on;
// without such a table it stays whose it is.
func Altered(c *catalog.Catalog, o, owner *catalog.Object) (*catalog.Catalog, error) {
	if owner == nil {
		return c.With(o), nil
	}
	if was, _ := c.Owner(o.OID); was != nil && was.OID != owner.OID {
		n, err := Disown(was, o.OID)
		if err != nil {
			return nil, err
		}
		c = c.With(n)
	}
	return c.With(owner).With(o), nil
}

// Removal is what DROP takes along of sequences.
type Removal struct {
	Gone []*catalog.Object // what is dropped, with the sequences that go with it
	Keep []*catalog.Object // tables that stay, changed
	Also []string          // what else is dropped, in words
}

// Remove finds the sequences that go with dropped objects, and the defaults that take
// values from dropped sequences, which only go with cascade.
func Remove(c *catalog.Catalog, gone []*catalog.Object, cascade bool) (*Removal, error) {
	r := &Removal{Gone: slices.Clone(gone)}
	for _, o := range c.Owned(gone...) {
		if !slices.Contains(r.Gone, o) {
			r.Gone = append(r.Gone, o)
		}
	}
	for _, o := range r.Gone {
		var detail []string
		for _, d := range c.Drawers(o.OID) {
			if slices.Contains(r.Gone, d.Table) {
				continue
			}
			x := &d.Table.Columns[d.Column]
			column := fmt.Sprintf("column %s of %s", x.Name, d.Table.Words())
			switch {
			case x.Identity != "":
				return nil, pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop %s because %s requires it", o.Words(), column).
					WithHint("You can drop %s instead.", column)
			case !cascade:
				detail = append(detail, fmt.Sprintf("default value for %s depends on %s", column, o.Words()))
				continue
			}
			t, err := r.changed(d.Table)
			if err != nil {
				return nil, err
			}
			x = &t.Columns[d.Column]
			x.Default, x.ValueSQL, x.Draws = "", "", nil
			r.Also = append(r.Also, "default value for "+column)
		}
		if len(detail) > 0 {
			return nil, needed(o.Words(), strings.Join(detail, "\n"))
		}
		if t, _ := c.Owner(o.OID); t != nil && !slices.Contains(r.Gone, t) {
			n, err := r.changed(t)
			if err != nil {
				return nil, err
			}
			for i := range n.Columns {
				n.Columns[i].Owns = slices.DeleteFunc(n.Columns[i].Owns, func(oid uint32) bool { return oid == o.OID })
			}
		}
	}
	return r, nil
}

// changed is the copy of a table that stays, made when it is first asked for.
func (r *Removal) changed(t *catalog.Object) (*catalog.Object, error) {
	for _, k := range r.Keep {
		if k.OID == t.OID {
			return k, nil
		}
	}
	n, err := t.Altered()
	if err == nil {
		r.Keep = append(r.Keep, n)
	}
	return n, err
}

// Lost lists the sequences that go with columns which an altered table has no more.
func Lost(c *catalog.Catalog, old, altered *catalog.Object) ([]*catalog.Object, error) {
	kept := c.Owned(altered)
	gone := slices.DeleteFunc(c.Owned(old), func(o *catalog.Object) bool { return slices.Contains(kept, o) })
	for _, o := range gone {
		for _, d := range c.Drawers(o.OID) {
			if d.Table.OID != old.OID {
				return nil, needed("column of "+old.Words(),
					fmt.Sprintf("default value for column %s of %s depends on %s", d.Table.Columns[d.Column].Name, d.Table.Words(), o.Words()))
			}
		}
	}
	return gone, nil
}

func needed(what, detail string) error {
	return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", what).
		WithDetail("%s", detail).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// ShownDefault is a default as catalogs print it: with the names that sequences have
// now. That of an identity column is not shown.
func ShownDefault(c *catalog.Catalog, x *catalog.Column) string {
	if x.Identity != "" {
		return ""
	}
	text := x.Default
	for _, oid := range x.Draws {
		if o := c.Objects[oid]; o != nil {
			text = strings.ReplaceAll(text, fmt.Sprintf("'%d'::regclass", oid), "'"+strings.ReplaceAll(o.QuotedName(), "'", "''")+"'::regclass")
		}
	}
	return text
}
