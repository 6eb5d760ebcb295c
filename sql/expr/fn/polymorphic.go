package fn

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// poly is what the two families of polymorphic parameters stand for in a call.
type poly struct {
	elem, compatible row.Type
	// undetermined says that nothing but untyped literals says what elem is: the
	// function is the one that is meant, and its call is an error.
	undetermined bool
}

// vectorElems are the catalog's vector types: they lie in a column as arrays do,
// and functions over arrays take them.
var vectorElems = map[row.Kind]row.Kind{row.Int2Vector: row.Int2, row.OIDVector: row.OID}

// arrayElem is the type of an array's elements.
func arrayElem(t row.Type) (row.Type, bool) {
	if t.Kind == row.Array {
		return t.ElemType(), true
	}
	elem, ok := vectorElems[t.Kind]
	return row.T(elem), ok
}

// unify finds the types that the polymorphic parameters stand for, or says why
// the arguments do not agree.
func unify(r *Registry, params []ArgType, args []row.Type) (poly, error) {
	var p poly
	var compatible []row.Type
	family, untyped := false, false
	for i, param := range params {
		t := args[i]
		switch param.Pseudo {
		case AnyArray, AnyCompatibleArray:
			if elem, ok := arrayElem(t); ok {
				t = elem
			}
		case AnyElement, AnyNonArray, AnyEnum, AnyCompatible, AnyCompatibleNonArray:
		default:
			continue
		}
		switch param.Pseudo {
		case AnyCompatible, AnyCompatibleNonArray, AnyCompatibleArray:
			compatible = append(compatible, t)
			continue
		}
		family = true
		switch {
		case t.Kind == row.Unknown:
			untyped = true
		case p.elem.Kind == row.Unknown:
			p.elem = t
		case p.elem != t:
			return p, pgerr.New(pgerr.DatatypeMismatch, "arguments declared \"anyelement\" are not all alike").
				WithDetail("%s versus %s", TypeName(p.elem), TypeName(t))
		}
	}
	if family && p.elem.Kind == row.Unknown {
		if p.undetermined = untyped; untyped {
			return p, pgerr.New(pgerr.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
		}
	}
	if len(compatible) > 0 {
		t, err := r.CommonType("", compatible)
		if err != nil {
			return p, err
		}
		p.compatible = t
	}
	return p, nil
}

// concrete is what a parameter or result stands for; arg is the argument's type.
func (p poly) concrete(a ArgType, arg row.Type) row.Type {
	switch a.Pseudo {
	case Concrete:
		return a.Type
	case AnyElement, AnyNonArray, AnyEnum:
		return p.elem
	case AnyArray:
		if _, vector := vectorElems[arg.Kind]; vector {
			return arg
		}
		return p.elem.Base().ArrayType()
	case AnyCompatible, AnyCompatibleNonArray:
		return p.compatible
	case AnyCompatibleArray:
		return p.compatible.Base().ArrayType()
	}
	if arg.Kind == row.Unknown {
		return row.T(row.Text)
	}
	return arg
}

// CommonType is the type to which the branches of a construct are brought (CASE,
// COALESCE, UNION, VALUES, IN, ARRAY): what names it in the error. Untyped
// literals follow the others; if there is nothing else they are text.
func (r *Registry) CommonType(what string, types []row.Type) (row.Type, error) {
	var common row.Type
	for _, t := range types {
		if t.Base() == common || t.Kind == row.Unknown {
			continue
		}
		t = t.Base()
		if common.Kind == row.Unknown {
			common = t
			continue
		}
		cat, preferred := CategoryOf(common)
		other, _ := CategoryOf(t)
		if cat != other {
			return common, pgerr.New(pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched", what, TypeName(common), TypeName(t))
		}
		if preferred {
			continue
		}
		_, up := r.FindCast(common, t, Implicit)
		_, down := r.FindCast(t, common, Implicit)
		if up && !down {
			common = t
		}
	}
	if common.Kind == row.Unknown {
		common = row.T(row.Text)
	}
	return keepModifier(common, types), nil
}

// keepModifier gives the common type the modifier that all branches share.
func keepModifier(common row.Type, types []row.Type) row.Type {
	for i, t := range types {
		if t.Base() != common || t.Mod != types[0].Mod {
			return common
		}
		if i == len(types)-1 {
			return t
		}
	}
	return common
}
