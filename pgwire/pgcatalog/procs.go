package pgcatalog

import (
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// firstProcOID is where the functions' numbers begin, apart from those of the
// arrays' functions, which drivers know by heart.
const firstProcOID = 100_000_000

var knownProcs = map[string]uint32{"array_in": 750, "array_out": 751, "array_recv": 2400, "array_send": 2401}

// procNames numbers functions by name, in the order in which they were added.
type procNames struct {
	names []string
	oids  map[string]uint32
}

func (p *procNames) add(name string) {
	if _, ok := p.oids[name]; ok {
		return
	}
	oid, known := knownProcs[name]
	if !known {
		oid = firstProcOID + uint32(len(p.names))
	}
	p.names = append(p.names, name)
	p.oids[name] = oid
}

func (p *procNames) oid(name string) uint32 { return p.oids[name] }

// ioProcs are the types' input and output functions: pg_type.typinput and the
// others must join to pg_proc, by which drivers recognize arrays.
var ioProcs = func() *procNames {
	p := &procNames{oids: map[string]uint32{}}
	for _, t := range append(allTypes(), row.T(row.Enum)) {
		f := factsOf(t)
		for _, name := range []string{f.in, f.out, f.recv, f.send} {
			p.add(name)
		}
	}
	return p
}()

// proc is a row of pg_proc.
type proc struct {
	oid    uint32
	name   string
	kind   byte
	args   []int64
	result uint32
	set    bool
}

func procTables(functions []Function) []engine.SystemTable {
	procs := listProcs(functions)
	return []engine.SystemTable{
		define(catalogSchema, "pg_proc", `oid oid, proname name, pronamespace oid=11, proowner oid=10, prolang oid=12, procost float4=1,
			prorows float4=0, provariadic oid=0, prosupport regproc=0, prokind char, prosecdef bool=f, proleakproof bool=f,
			proisstrict bool=t, proretset bool, provolatile char=i, proparallel char=s, pronargs int2, pronargdefaults int2=0,
			prorettype oid, proargtypes oidvector, proallargtypes oid[], proargmodes char[], proargnames text[], proargdefaults node,
			protrftypes oid[], prosrc text, probin text, prosqlbody node, proconfig text[], proacl acl`,
			func(_ *snapshot, yield func(*proc)) {
				for i := range procs {
					yield(&procs[i])
				}
			}, getters[*proc]{
				"oid":         func(p *proc) cell { return num(p.oid) },
				"proname":     func(p *proc) cell { return text(p.name) },
				"prokind":     func(p *proc) cell { return letter(p.kind) },
				"proretset":   func(p *proc) cell { return boolean(p.set) },
				"pronargs":    func(p *proc) cell { return num(len(p.args)) },
				"prorettype":  func(p *proc) cell { return num(p.result) },
				"proargtypes": func(p *proc) cell { return vector(p.args) },
				"prosrc":      func(p *proc) cell { return text(p.name) },
			}),
	}
}

func listProcs(functions []Function) []proc {
	var out []proc
	for _, name := range ioProcs.names {
		out = append(out, proc{oid: ioProcs.oid(name), name: name, kind: 'f', result: row.T(row.Void).OID()})
	}
	for i, f := range functions {
		p := proc{oid: firstProcOID + 10_000 + uint32(i), name: f.Name, kind: f.Kind, result: f.Result.OID(), set: f.Returns}
		if p.kind == 0 {
			p.kind = 'f'
		}
		for _, a := range f.Args {
			p.args = append(p.args, int64(a.OID()))
		}
		out = append(out, p)
	}
	return out
}
