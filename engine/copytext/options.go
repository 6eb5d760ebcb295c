// Package copytext is the text and csv forms of COPY: its options, rows cut out of
// a stream, and rows printed.
package copytext

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Header says what the first line is.
type Header uint8

// The kinds of first line: a row, names that are left out, names that must match.
const (
	NoHeader Header = iota
	SkipHeader
	MatchHeader
)

// Format is how COPY's rows are written.
type Format struct {
	CSV                      bool
	Delimiter, Quote, Escape byte
	Null                     string
	Header                   Header
	// Columns by name, "*" for all: always quoted (TO); never NULL, or NULL even if
	// quoted (FROM).
	ForceQuote, ForceNotNull, ForceNull []string
}

// Options reads the options of COPY. from says that it is COPY FROM.
func Options(list []*ast.Option, from bool) (*Format, error) {
	o := &options{from: from, set: map[string]*ast.Option{}, f: &Format{}}
	for _, opt := range list {
		if o.set[opt.Name] != nil {
			return nil, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(opt.Pos())
		}
		o.set[opt.Name] = opt
	}
	if err := o.readFormat(); err != nil {
		return nil, err
	}
	for _, opt := range list {
		if err := o.read(opt); err != nil {
			return nil, err
		}
	}
	return o.f, o.check()
}

type options struct {
	from bool
	set  map[string]*ast.Option
	f    *Format
}

func (o *options) readFormat() error {
	if opt := o.set["format"]; opt != nil {
		switch opt.Value {
		case "csv":
			o.f.CSV = true
		case "text":
		case "binary":
			return pgerr.New(pgerr.FeatureNotSupported, "COPY in binary format is not supported").At(opt.Pos())
		default:
			return pgerr.New(pgerr.InvalidParameterValue, "COPY format \"%s\" not recognized", opt.Value).At(opt.Pos())
		}
	}
	o.f.Delimiter, o.f.Null = '\t', `\N`
	if o.f.CSV {
		o.f.Delimiter, o.f.Null, o.f.Quote, o.f.Escape = ',', "", '"', '"'
	}
	return nil
}

func (o *options) read(opt *ast.Option) (err error) {
	f := o.f
	switch opt.Name {
	case "format", "freeze":
	case "delimiter":
		if len(opt.Value) != 1 {
			return pgerr.New(pgerr.FeatureNotSupported, "COPY delimiter must be a single one-byte character")
		}
		f.Delimiter = opt.Value[0]
	case "null":
		f.Null = opt.Value
	case "header":
		f.Header, err = o.header(opt)
	case "quote":
		f.Quote, err = o.csvByte(opt, "quote")
		if o.set["escape"] == nil {
			f.Escape = f.Quote
		}
	case "escape":
		f.Escape, err = o.csvByte(opt, "escape")
	case "force_quote":
		f.ForceQuote, err = o.force(opt, "force quote", false)
	case "force_not_null":
		f.ForceNotNull, err = o.force(opt, "force not null", true)
	case "force_null":
		f.ForceNull, err = o.force(opt, "force null", true)
	case "encoding":
		if name := strings.ToUpper(strings.ReplaceAll(opt.Value, "-", "")); name != "UTF8" {
			return pgerr.New(pgerr.FeatureNotSupported, "COPY in the encoding \"%s\" is not supported", opt.Value).At(opt.Pos())
		}
	default:
		return pgerr.New(pgerr.SyntaxError, "option \"%s\" not recognized", opt.Name).At(opt.Pos())
	}
	return err
}

func (o *options) header(opt *ast.Option) (Header, error) {
	switch strings.ToLower(opt.Value) {
	case "", "true", "on", "1":
		return SkipHeader, nil
	case "false", "off", "0":
		return NoHeader, nil
	case "match":
		if !o.from {
			return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot use \"match\" with HEADER in COPY TO")
		}
		return MatchHeader, nil
	}
	return 0, pgerr.New(pgerr.SyntaxError, "header requires a Boolean value or \"match\"")
}

func (o *options) csvByte(opt *ast.Option, what string) (byte, error) {
	if !o.f.CSV {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "COPY %s available only in CSV mode", what)
	}
	if len(opt.Value) != 1 {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "COPY %s must be a single one-byte character", what)
	}
	return opt.Value[0], nil
}

func (o *options) force(opt *ast.Option, what string, from bool) ([]string, error) {
	if !o.f.CSV {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "COPY %s available only in CSV mode", what)
	}
	if from != o.from {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "COPY %s only available using COPY %s", what, map[bool]string{true: "FROM", false: "TO"}[from])
	}
	return strings.Split(opt.Value, ","), nil
}

// check refuses bytes that would be taken for others.
func (o *options) check() error {
	f := o.f
	bad := func(format string, args ...any) error { return pgerr.New(pgerr.InvalidParameterValue, format, args...) }
	switch {
	case f.Delimiter == '\n' || f.Delimiter == '\r':
		return bad("COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(f.Null, "\r\n"):
		return bad("COPY null representation cannot use newline or carriage return")
	case !f.CSV && strings.IndexByte("\\.abcdefghijklmnopqrstuvwxyz0123456789", f.Delimiter) >= 0:
		return bad("COPY delimiter cannot be \"%c\"", f.Delimiter)
	case f.CSV && f.Delimiter == f.Quote:
		return bad("COPY delimiter and quote must be different")
	case strings.IndexByte(f.Null, f.Delimiter) >= 0:
		return bad("COPY delimiter must not appear in the NULL specification")
	case f.CSV && strings.IndexByte(f.Null, f.Quote) >= 0:
		return bad("CSV quote character must not appear in the NULL specification")
	}
	return nil
}

// Names reports that a list of columns has one.
func Names(list []string, column string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, column)
}

// StreamsOnly refuses files: a server has no business with them.
func StreamsOnly(n *ast.Copy) error {
	if n.File == "" && !n.Program {
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "COPY to or from a file is not supported").At(n.Pos()).
		WithHint("Use STDIN and STDOUT, or psql's \\copy.")
}
