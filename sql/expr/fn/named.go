package fn

import "strings"

// parameters are the names of a function's parameters, for calls that give some of
// their arguments by name.
type parameters struct {
	names    []string
	defaults []string // as literals; empty: it must be given
}

// Named declares the names of the parameters of all functions of a name whose
// number of parameters it is, or fewer: "jsonb_in path replacement create=true".
func (r *Registry) Named(name, params string) {
	var p parameters
	for _, w := range strings.Fields(params) {
		param, value, _ := strings.Cut(w, "=")
		p.names, p.defaults = append(p.names, param), append(p.defaults, value)
	}
	r.parameters[name] = append(r.parameters[name], p)
}

// Slot is where a parameter's argument comes from: an argument of the call, or a
// literal.
type Slot struct {
	Arg     int // -1: Default
	Default string
}

// Place puts the arguments of a call in the order of the parameters: first those
// without names, as many as there are, then those of the names. ok is false where no
// function of the name has such parameters.
func (r *Registry) Place(name string, positional int, names []string) (slots []Slot, ok bool) {
	for _, p := range r.parameters[name] {
		if slots, ok := p.place(positional, names); ok {
			return slots, true
		}
	}
	return nil, false
}

func (p parameters) place(positional int, names []string) ([]Slot, bool) {
	if positional+len(names) > len(p.names) {
		return nil, false
	}
	slots := make([]Slot, len(p.names))
	last := 0
	for i := range slots {
		slots[i] = Slot{Arg: -1, Default: p.defaults[i]}
		if i < positional {
			slots[i].Arg, last = i, i+1
		}
	}
	for k, name := range names {
		at := -1
		for i, n := range p.names {
			if n == name && i >= positional {
				at = i
			}
		}
		if at < 0 {
			return nil, false
		}
		slots[at].Arg = positional + k
		last = max(last, at+1)
	}
	for _, s := range slots {
		if s.Arg < 0 && s.Default == "" {
			return nil, false
		}
	}
	return slots[:last], true
}
