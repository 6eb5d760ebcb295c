// Package texts declares the functions on text that know more of it than its
// characters: Unicode's normal forms and escapes, other encodings, and
// identifiers of SQL.
package texts

import (
	"strings"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
	"golang.org/x/text/unicode/norm"
)

// Declare adds the functions of this package.
func Declare(r *fn.Registry) {
	normal(r)
	r.Func("unistr(text) text", fn.B1(func(_ *fn.Call, dst []byte, s string) ([]byte, error) { return appendUnescaped(dst, s) }))
	identifiers(r)
	encodings(r)
}

var forms = map[string]norm.Form{"nfc": norm.NFC, "nfd": norm.NFD, "nfkc": norm.NFKC, "nfkd": norm.NFKD}

func formOf(name string) (norm.Form, error) {
	f, ok := forms[strings.ToLower(name)]
	if !ok {
		return f, pgerr.New(pgerr.InvalidParameterValue, "invalid normalization form: %s", name)
	}
	return f, nil
}

func normal(r *fn.Registry) {
	r.Func("normalize(text) text", fn.B1(func(_ *fn.Call, dst, s []byte) ([]byte, error) { return append(dst, norm.NFC.Bytes(s)...), nil }), fn.NoError)
	r.Func("normalize(text, text) text", fn.B2(func(_ *fn.Call, dst, s []byte, form string) ([]byte, error) {
		f, err := formOf(form)
		if err != nil {
			return dst, err
		}
		return append(dst, f.Bytes(s)...), nil
	}))
	r.Func("is_normalized(text) bool", fn.F1(func(_ *fn.Call, s []byte) (bool, error) { return norm.NFC.IsNormal(s), nil }), fn.NoError)
	r.Func("is_normalized(text, text) bool", fn.F2(func(_ *fn.Call, s []byte, form string) (bool, error) {
		f, err := formOf(form)
		return err == nil && f.IsNormal(s), err
	}))
}
