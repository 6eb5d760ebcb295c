package copytext

import "bytes"

// Append prints a row; nil stands for NULL. force says which values are quoted in
// any case, nil for none.
func (f *Format) Append(dst []byte, values [][]byte, force []bool) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, f.Delimiter)
		}
		switch {
		case v == nil:
			dst = append(dst, f.Null...)
		case f.CSV:
			dst = f.appendCSV(dst, v, force != nil && force[i], len(values) == 1)
		default:
			dst = f.appendText(dst, v)
		}
	}
	return append(dst, '\n')
}

func (f *Format) appendText(dst, v []byte) []byte {
	for _, c := range v {
		switch c {
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\v':
			dst = append(dst, `\v`...)
		case '\\':
			dst = append(dst, `\\`...)
		case f.Delimiter:
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func (f *Format) appendCSV(dst, v []byte, force, single bool) []byte {
	special := string([]byte{f.Delimiter, f.Quote, '\n', '\r'})
	if !force && string(v) != f.Null && !bytes.ContainsAny(v, special) && !(single && string(v) == `\.`) {
		return append(dst, v...)
	}
	dst = append(dst, f.Quote)
	for _, c := range v {
		if c == f.Quote || c == f.Escape {
			dst = append(dst, f.Escape)
		}
		dst = append(dst, c)
	}
	return append(dst, f.Quote)
}

// AppendHeader prints the names of the columns.
func (f *Format) AppendHeader(dst []byte, names []string) []byte {
	values := make([][]byte, len(names))
	for i, n := range names {
		values[i] = []byte(n)
	}
	return f.Append(dst, values, nil)
}
