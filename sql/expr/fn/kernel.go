package fn

import (
	"errors"
	"math"
	"time"

	"github.com/tarndb/tarn/row"
)

// Kernel computes a function over a batch: it appends exactly c.N values to
// c.Out. Rows are dense: 0 to c.N-1 of every argument. For a strict function a
// row where c.Null(i) is already NULL: whatever scalar the kernel stores there is
// discarded, and failures of it are ignored, but bytes columns must still get a
// value (use c.Out.AppendNull). A row that fails gets any value and c.Fail.
// Kernels keep nothing between calls but what they put into c.Site.
type Kernel func(c *Call)

// TableKernel computes a set-returning function of one row: it calls emit for
// each result row, in order. Arguments are never NULL if the function is strict.
type TableKernel func(c *Call, args []row.Datum, emit func(out ...row.Datum)) error

// SpreadKernel computes a set-returning function that cannot fail for a batch: for
// each row of the call, in order, it appends what Table would emit to out, a column
// for each result column, and the row's number once for each to rows, which it
// returns. Rows for which c.Null holds make nothing. c.Out is nil.
type SpreadKernel func(c *Call, out []row.Column, rows []int32) []int32

// Call is one evaluation of a function over a batch.
type Call struct {
	Ctx  *Context
	N    int
	Args []Arg
	Out  *row.Column
	// Site belongs to the call's place in the program and to one evaluator; a
	// kernel caches in it what it derives from its arguments (a regexp, a zone).
	Site *any

	nulls  []uint64
	failed func(i int, err error)
}

// Arg is an argument: a column of N rows, or one value for all rows.
type Arg struct {
	Col   *row.Column
	Const bool
}

// At is the row of Col that holds the argument of row i.
func (a *Arg) At(i int) int {
	if a.Const {
		return 0
	}
	return i
}

// IsNull reports whether the argument of row i is NULL.
func (a *Arg) IsNull(i int) bool { return a.Col.IsNull(a.At(i)) }

// Bytes is the argument of row i of a bytes column.
func (a *Arg) Bytes(i int) []byte { return a.Col.Bytes(a.At(i)) }

// Int is the argument of row i of an integer column.
func (a *Arg) Int(i int) int64 { return a.Col.Ints[a.At(i)] }

// Float is the argument of row i of a float column.
func (a *Arg) Float(i int) float64 { return a.Col.Floats[a.At(i)] }

// Datum is the argument of row i; its bytes alias the column.
func (a *Arg) Datum(i int) row.Datum { return a.Col.Datum(a.At(i)) }

// NewCall prepares a call. nulls are the rows that are NULL beforehand; failed is
// told each row that fails.
func NewCall(ctx *Context, n int, args []Arg, out *row.Column, site *any, nulls []uint64, failed func(int, error)) *Call {
	return &Call{Ctx: ctx, N: n, Args: args, Out: out, Site: site, nulls: nulls, failed: failed}
}

// Null reports that row i of a strict call is NULL beforehand.
func (c *Call) Null(i int) bool {
	w := i >> 6
	return w < len(c.nulls) && c.nulls[w]&(1<<(uint(i)&63)) != 0
}

// Fail records that row i has no value because of err.
func (c *Call) Fail(i int, err error) {
	if !c.Null(i) {
		c.failed(i, err)
	}
}

// Location is the session's time zone.
func (c *Call) Location() *time.Location { return c.Ctx.Location() }

// ErrNull is what the function of an adapter returns for a NULL result.
var ErrNull = errors.New("null")

// value is what adapters hand to functions and take from them.
type value interface {
	int64 | float64 | bool | []byte | string
}

func load[T value](a *Arg, i int) (v T) {
	i = a.At(i)
	switch p := any(&v).(type) {
	case *int64:
		*p = a.Col.Ints[i]
	case *float64:
		*p = a.Col.Floats[i]
	case *bool:
		*p = a.Col.Ints[i] != 0
	case *[]byte:
		*p = a.Col.Bytes(i)
	case *string:
		*p = string(a.Col.Bytes(i))
	}
	return v
}

func store[T value](c *Call, i int, v T, err error) {
	if err != nil {
		c.Out.AppendNull()
		if err != ErrNull {
			c.Fail(i, err)
		}
		return
	}
	switch v := any(v).(type) {
	case int64:
		c.Out.AppendInt(v)
	case float64:
		c.Out.AppendFloat(v)
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		c.Out.AppendInt(n)
	case []byte:
		c.Out.AppendBytes(v)
	case string:
		c.Out.AppendString(v)
	}
}

// Rows makes a kernel of a function that appends the value of row i to c.Out or
// returns an error; on an error it must have appended nothing.
func Rows(f func(c *Call, i int) error) Kernel {
	return func(c *Call) {
		for i := 0; i < c.N; i++ {
			if c.Null(i) {
				c.Out.AppendNull()
				continue
			}
			if err := f(c, i); err != nil {
				c.Out.AppendNull()
				if err != ErrNull {
					c.Fail(i, err)
				}
			}
		}
	}
}

// F0 makes a kernel of a function without arguments.
func F0[R value](f func(c *Call) (R, error)) Kernel {
	return Rows(func(c *Call, i int) error {
		r, err := f(c)
		store(c, i, r, err)
		return nil
	})
}

// F1 makes a strict kernel of a function of one argument.
func F1[A, R value](f func(c *Call, a A) (R, error)) Kernel {
	return Rows(func(c *Call, i int) error {
		r, err := f(c, load[A](&c.Args[0], i))
		store(c, i, r, err)
		return nil
	})
}

// F2 makes a strict kernel of a function of two arguments.
func F2[A, B, R value](f func(c *Call, a A, b B) (R, error)) Kernel {
	return Rows(func(c *Call, i int) error {
		r, err := f(c, load[A](&c.Args[0], i), load[B](&c.Args[1], i))
		store(c, i, r, err)
		return nil
	})
}

// F3 makes a strict kernel of a function of three arguments.
func F3[A, B, C, R value](f func(c *Call, a A, b B, d C) (R, error)) Kernel {
	return Rows(func(c *Call, i int) error {
		r, err := f(c, load[A](&c.Args[0], i), load[B](&c.Args[1], i), load[C](&c.Args[2], i))
		store(c, i, r, err)
		return nil
	})
}

// Append makes a kernel of a function that appends the bytes of row i to dst; what
// it returns with an error is not used.
func Append(f func(c *Call, i int, dst []byte) ([]byte, error)) Kernel {
	return func(c *Call) {
		data, offs := c.Out.Data, c.Out.Offs
		for i := range c.N {
			if c.Null(i) {
				offs = append(offs, uint32(len(data)))
				continue
			}
			dst, err := f(c, i, data)
			if err == nil {
				data = dst
			} else {
				c.Out.SetNull(i)
				if err != ErrNull {
					c.Fail(i, err)
				}
			}
			offs = append(offs, uint32(len(data)))
		}
		if len(data) > math.MaxUint32 {
			panic("expr: a column's data is past 4 GiB; batches must be bounded")
		}
		c.Out.Data, c.Out.Offs = data, offs
	}
}

// B1 makes a strict kernel of a function that appends its bytes to dst.
func B1[A value](f func(c *Call, dst []byte, a A) ([]byte, error)) Kernel {
	return Append(func(c *Call, i int, dst []byte) ([]byte, error) { return f(c, dst, load[A](&c.Args[0], i)) })
}

// B2 is B1 for two arguments.
func B2[A, B value](f func(c *Call, dst []byte, a A, b B) ([]byte, error)) Kernel {
	return Append(func(c *Call, i int, dst []byte) ([]byte, error) {
		return f(c, dst, load[A](&c.Args[0], i), load[B](&c.Args[1], i))
	})
}

// B3 is B1 for three arguments.
func B3[A, B, C value](f func(c *Call, dst []byte, a A, b B, d C) ([]byte, error)) Kernel {
	return Append(func(c *Call, i int, dst []byte) ([]byte, error) {
		return f(c, dst, load[A](&c.Args[0], i), load[B](&c.Args[1], i), load[C](&c.Args[2], i))
	})
}

// Cached returns what the call's place remembers for the text of the key
// argument, making it when the text differs from the last one.
func Cached[T any](c *Call, key []byte, make func(key string) (T, error)) (T, error) {
	if s, ok := (*c.Site).(*cached[T]); ok && s.key == string(key) {
		return s.value, s.err
	}
	k := string(key)
	v, err := make(k)
	*c.Site = &cached[T]{k, v, err}
	return v, err
}

type cached[T any] struct {
	key   string
	value T
	err   error
}
