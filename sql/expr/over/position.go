package over

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// functions are the window functions by name.
var functions = map[string]func(p *partition, c *computer, out *row.Column, fail failFunc){
	"row_number": rowNumber, "rank": rank, "dense_rank": denseRank, "percent_rank": percentRank, "cume_dist": cumeDist,
	"ntile": ntile, "lag": lag, "lead": lead, "first_value": firstValue, "last_value": lastValue, "nth_value": nthValue,
}

// framed are those that see their frame, and not the partition.
var framed = map[string]bool{"first_value": true, "last_value": true, "nth_value": true}

// ReadsFrame reports that what a window function gives depends on the frame.
func ReadsFrame(name string) bool { return framed[name] }

func rowNumber(p *partition, _ *computer, out *row.Column, _ failFunc) {
	for i := range p.n {
		out.AppendInt(int64(i) + 1)
	}
}

func rank(p *partition, _ *computer, out *row.Column, _ failFunc) {
	for i := range p.n {
		first, _ := p.peers(i)
		out.AppendInt(int64(first) + 1)
	}
}

func denseRank(p *partition, _ *computer, out *row.Column, _ failFunc) {
	for i := range p.n {
		out.AppendInt(int64(p.group[i]) + 1)
	}
}

func percentRank(p *partition, _ *computer, out *row.Column, _ failFunc) {
	for i := range p.n {
		first, _ := p.peers(i)
		out.AppendFloat(float64(first) / float64(max(p.n-1, 1)))
	}
}

func cumeDist(p *partition, _ *computer, out *row.Column, _ failFunc) {
	for i := range p.n {
		_, last := p.peers(i)
		out.AppendFloat(float64(last) / float64(p.n))
	}
}

// ntile deals the partition's rows into buckets, the first of which have one row more
// where they do not come out even. The number of buckets is what the first row says
// that says one.
func ntile(p *partition, c *computer, out *row.Column, fail failFunc) {
	arg := p.arg(c.call.Args[0])
	var bucket, size, extra, filled int64
	for i := range p.n {
		if size == 0 {
			switch n := arg.Ints[i]; {
			case arg.IsNull(i):
				out.AppendNull()
				continue
			case n <= 0:
				fail(i, pgerr.New(pgerr.InvalidArgumentForNtile, "argument of ntile must be greater than zero"))
				out.AppendNull()
				continue
			default:
				bucket, size = 1, max(int64(p.n)/n, 1)
				if n < int64(p.n) {
					extra = int64(p.n) % n
				}
			}
		}
		room := size
		if bucket <= extra {
			room++
		}
		if filled == room {
			bucket, filled = bucket+1, 0
		}
		filled++
		out.AppendInt(bucket)
	}
}

func lag(p *partition, c *computer, out *row.Column, _ failFunc)  { neighbour(p, c, out, -1) }
func lead(p *partition, c *computer, out *row.Column, _ failFunc) { neighbour(p, c, out, 1) }

// neighbour is the value of the row so many rows before or after the current one; the
// default where there is none, and NULL where it is not said how many.
func neighbour(p *partition, c *computer, out *row.Column, direction int64) {
	args := p.args(c.call.Args)
	for i := range p.n {
		by := int64(1)
		if len(args) > 1 {
			if args[1].IsNull(i) {
				out.AppendNull()
				continue
			}
			by = args[1].Ints[i]
		}
		switch at := int64(i) + direction*by; {
		case at >= 0 && at < int64(p.n):
			out.AppendFrom(args[0], int(at))
		case len(args) > 2:
			out.AppendFrom(args[2], i)
		default:
			out.AppendNull()
		}
	}
}

func firstValue(p *partition, c *computer, out *row.Column, _ failFunc) {
	arg := p.arg(c.call.Args[0])
	p.fromFrame(out, arg, func(_ int, in []span) int { return in[0].from })
}

func lastValue(p *partition, c *computer, out *row.Column, _ failFunc) {
	arg := p.arg(c.call.Args[0])
	p.fromFrame(out, arg, func(_ int, in []span) int { return in[len(in)-1].to - 1 })
}

func nthValue(p *partition, c *computer, out *row.Column, fail failFunc) {
	args := p.args(c.call.Args)
	p.fromFrame(out, args[0], func(i int, in []span) int {
		if args[1].IsNull(i) {
			return -1
		}
		n := args[1].Ints[i] - 1
		for _, s := range in {
			if n < int64(s.to-s.from) {
				return s.from + int(n)
			}
			n -= int64(s.to - s.from)
		}
		return -1
	})
	// The argument is looked at in an empty frame as well.
	for i := range p.n {
		if !args[1].IsNull(i) && args[1].Ints[i] <= 0 {
			fail(i, pgerr.New(pgerr.InvalidArgumentForNthValue, "argument of nth_value must be greater than zero"))
		}
	}
}

// fromFrame appends for each row the value of a row of its frame; -1 is none.
func (p *partition) fromFrame(out, arg *row.Column, pick func(i int, in []span) int) {
	var spans []span
	for i := range p.n {
		spans = p.window.spans(i, spans)
		at := -1
		if len(spans) > 0 {
			at = pick(i, spans)
		}
		if at < 0 {
			out.AppendNull()
		} else {
			out.AppendFrom(arg, at)
		}
	}
}
