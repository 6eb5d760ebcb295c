// Package ident is names as SQL writes them.
package ident

import (
	"strings"

	"github.com/tarndb/tarn/row"
)

// Split reads a possibly qualified and quoted name.
func Split(s string) (schema, name string) {
	var parts []string
	var cur strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			cur.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			parts = append(parts, cur.String())
			cur.Reset()
		case !quoted && c >= 'A' && c <= 'Z':
			cur.WriteByte(c + 'a' - 'A')
		default:
			cur.WriteByte(c)
		}
	}
	name = strings.TrimSpace(cur.String())
	if n := len(parts); n > 0 {
		schema = strings.TrimSpace(parts[n-1])
	}
	return schema, name
}

// Quote quotes a name when SQL needs it.
func Quote(s string) string {
	if Plain(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// Type finds a type by its name.
func Type(name string) (row.Type, bool) {
	_, n := Split(name)
	array := strings.HasSuffix(n, "[]")
	n = strings.TrimSuffix(n, "[]")
	if open, end := strings.IndexByte(n, '('), strings.IndexByte(n, ')'); open > 0 && end > open {
		n = strings.TrimSpace(n[:open]) + n[end+1:] // no number of a modifier makes another type
	}
	for _, k := range row.Kinds() {
		t := row.T(k)
		if t.Name() == n || t.String() == n || n == "int" && k == row.Int4 {
			if array {
				return row.ArrayOf(k), true
			}
			return t, true
		}
		if row.ArrayOf(k).Name() == n {
			return row.ArrayOf(k), true
		}
	}
	return row.Type{}, false
}

func Plain(s string) bool {
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || i > 0 && (r >= '0' && r <= '9' || r == '$')) {
			return false
		}
	}
	return s != ""
}
