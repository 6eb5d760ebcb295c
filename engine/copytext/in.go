package copytext

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// In takes the data of COPY FROM. It belongs to one goroutine; once a method has
// failed the statement has.
type In struct {
	obj     *catalog.Object
	cols    []int // of the table, by field
	format  *Format
	reader  *Reader
	filler  *table.Filler
	rules   *table.Rules
	where   *expr.Program // nil: all rows
	ctx     *expr.Context
	style   *row.Style
	header  Header // not read yet
	notNull []bool // by field: an unquoted NULL is taken as it is written
	orNull  []bool // by field: NULL even if quoted
	limit   int64  // of the rows' bytes

	batch *row.Batch // of the columns that are given
	lines []place    // by row of batch
	rows  row.Delta
	from  []int32 // the lines of rows
	size  int64
	count int64
}

// place is where a row came from.
type place struct {
	line int
	text string
}

// NewIn begins COPY FROM, whose rows may have limit bytes together. names prints and
// reads the names of objects.
func NewIn(n *ast.Copy, obj *catalog.Object, limit int64, opts bind.Options, names row.ObjectNames) (*In, error) {
	format, err := Options(n.Options, true)
	if err != nil {
		return nil, err
	}
	in := &In{obj: obj, format: format, reader: NewReader(format), header: format.Header, ctx: opts.Context, limit: limit}
	if in.cols, err = Columns(obj, n, "to"); err != nil {
		return nil, err
	}
	in.style = in.ctx.Style()
	in.style.Names = names
	if err := in.forced(); err != nil {
		return nil, err
	}
	if err := in.compile(n, opts); err != nil {
		return nil, err
	}
	in.reset()
	return in, nil
}

func (in *In) forced() error {
	names := make([]string, len(in.cols))
	for i, k := range in.cols {
		names[i] = in.obj.Columns[k].Name
		in.notNull = append(in.notNull, Names(in.format.ForceNotNull, names[i]))
		in.orNull = append(in.orNull, Names(in.format.ForceNull, names[i]))
	}
	if err := knownColumns(in.format.ForceNotNull, names, "FORCE_NOT_NULL"); err != nil {
		return err
	}
	return knownColumns(in.format.ForceNull, names, "FORCE_NULL")
}

func (in *In) compile(n *ast.Copy, opts bind.Options) error {
	rel, err := in.obj.Relation()
	if err != nil {
		return err
	}
	from := make([]int, len(in.obj.Columns))
	for i := range from {
		from[i] = slices.Index(in.cols, i)
	}
	if in.filler, err = table.NewFiller(rel, from, opts, in.ctx); err != nil {
		return err
	}
	if in.rules, err = table.NewRules(rel, opts); err != nil || n.Where == nil {
		return err
	}
	cond, err := bind.CopyWhere(n.Where, rel, opts)
	if err != nil {
		return err
	}
	in.where, err = expr.Compile([]expr.Expr{cond}, in.obj.Types())
	return err
}

func (in *In) reset() {
	types := make([]row.Type, len(in.cols))
	for i, k := range in.cols {
		types[i] = in.obj.Columns[k].Type
	}
	in.batch, in.lines = row.NewBatch(types, 0), in.lines[:0]
}

// Columns is how many fields a row has.
func (in *In) Columns() int { return len(in.cols) }

// Count is how many rows there are, once Finish has been called.
func (in *In) Count() int64 { return in.count }

// Write takes a part of the data.
func (in *In) Write(data []byte) error {
	in.reader.Add(data)
	return in.read(false)
}

// Finish gives the rows that came, whole and checked; nil for none.
func (in *In) Finish() (row.Delta, error) {
	if err := in.read(true); err != nil {
		return nil, err
	}
	err := in.take()
	return in.rows, err
}

// Blame finds the row that a table does not take: admit is asked about each by itself,
// in order. Its error is given with the row's line; err if it takes them all.
func (in *In) Blame(err error, admit func(*row.Batch) error) error {
	n := 0
	for _, b := range in.rows {
		for i := range b.Len() {
			if err := admit(b.Slice(i, i+1)); err != nil {
				return in.at(err, fmt.Sprintf("line %d", in.from[n]))
			}
			n++
		}
	}
	return err
}

// Fail is the error of a client that gives up.
func (in *In) Fail(reason string) error {
	return in.at(pgerr.New(pgerr.QueryCanceled, "COPY from stdin failed: %s", reason), fmt.Sprintf("line %d", in.reader.Line()+1))
}

// at adds where the error happened.
func (in *In) at(err error, where string) error {
	if e, ok := pgerr.As(err); ok {
		e.Context = "COPY " + in.obj.Name + ", " + where
		return e
	}
	return err
}

func (in *In) read(last bool) error {
	for {
		fields, ok, err := in.reader.Next(last)
		if err != nil {
			return in.at(err, in.here().String())
		}
		if !ok {
			return nil
		}
		if in.header != NoHeader {
			if err := in.readHeader(fields); err != nil {
				return err
			}
			in.header = NoHeader
			continue
		}
		if err := in.addRow(fields); err != nil {
			return err
		}
		if in.batch.Len() >= row.BatchRows {
			if err := in.take(); err != nil {
				return err
			}
		}
	}
}

// shownData is how much of a line or a value an error shows.
const shownData = 100

func (in *In) here() place {
	return place{in.reader.Line(), shorten(string(in.reader.Raw()))}
}

func (p place) String() string { return fmt.Sprintf("line %d: \"%s\"", p.line, p.text) }

func shorten(s string) string {
	if len(s) <= shownData {
		return s
	}
	end := shownData
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}

// readHeader checks the names of the first line, if they must match.
func (in *In) readHeader(fields []Field) error {
	if in.header != MatchHeader {
		return nil
	}
	if len(fields) != len(in.cols) {
		return in.at(pgerr.New(pgerr.BadCopyFileFormat, "wrong number of fields in header line: got %d, expected %d", len(fields), len(in.cols)), in.here().String())
	}
	for i, f := range fields {
		name := in.obj.Columns[in.cols[i]].Name
		if f.Null {
			return in.at(pgerr.New(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got null value (\"%s\"), expected \"%s\"", i+1, in.format.Null, name), in.here().String())
		}
		if f.Text != name {
			return in.at(pgerr.New(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got \"%s\", expected \"%s\"", i+1, f.Text, name), in.here().String())
		}
	}
	return nil
}

func (in *In) addRow(fields []Field) error {
	if len(fields) > len(in.cols) {
		return in.at(pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column"), in.here().String())
	}
	values := make(row.Row, len(in.cols))
	for i, k := range in.cols {
		c := &in.obj.Columns[k]
		if i >= len(fields) {
			return in.at(pgerr.New(pgerr.BadCopyFileFormat, "missing data for column %q", c.Name), in.here().String())
		}
		f := fields[i]
		if f.Null && in.notNull[i] {
			f.Null, f.Text = false, in.format.Null
		}
		if !f.Null && in.orNull[i] && f.Quoted && f.Text == in.format.Null {
			f.Null = true
		}
		if f.Null {
			values[i] = row.NullDatum
			continue
		}
		if !utf8.ValidString(f.Text) {
			return in.at(notUTF8(f.Text), fmt.Sprintf("line %d", in.reader.Line()))
		}
		d, err := row.ParseText(c.Type, f.Text, in.style)
		if err != nil {
			return in.at(fn.Visible(err), fmt.Sprintf("line %d, column %s: \"%s\"", in.reader.Line(), c.Name, shorten(f.Text)))
		}
		values[i] = d
	}
	in.batch.AppendRow(values, 1)
	in.lines = append(in.lines, in.here())
	return nil
}

func notUTF8(s string) error {
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
			return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", s[i])
		}
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
}

// take makes the rows of the batch whole and checks them.
func (in *In) take() error {
	if in.batch.Len() == 0 {
		return nil
	}
	b, err := in.filler.Fill(in.batch)
	if err != nil {
		return in.at(err, in.lines[0].String())
	}
	if in.where != nil {
		if b, err = in.chosen(b); err != nil {
			return err
		}
	}
	if i, err := in.rules.Judge(in.ctx, b); err != nil {
		return in.at(err, in.lines[i].String())
	}
	in.count += int64(b.Len())
	if in.size += b.Bytes(); in.size > in.limit {
		return pgerr.New(pgerr.ProgramLimitExceeded, "a transaction changes too much").
			WithDetail("The limit is %d MB.", in.limit>>20).
			WithHint("Write in several transactions.")
	}
	if b.Len() > 0 {
		in.rows = append(in.rows, b)
		for _, l := range in.lines {
			in.from = append(in.from, int32(l.line))
		}
	}
	in.reset()
	return nil
}

// chosen keeps the rows that WHERE is true for.
func (in *In) chosen(b *row.Batch) (*row.Batch, error) {
	cols, errs := in.where.Eval(in.ctx, b, nil)
	var err error
	errs.Each(func(i int, e error) {
		if err == nil {
			err = in.at(e, in.lines[i].String())
		}
	})
	if err != nil {
		return nil, err
	}
	var sel []int32
	var lines []place
	for i := range b.Len() {
		if d := cols[0].Datum(i); !d.Null && d.I != 0 {
			sel, lines = append(sel, int32(i)), append(lines, in.lines[i])
		}
	}
	in.lines = lines
	return b.Gather(sel), nil
}
