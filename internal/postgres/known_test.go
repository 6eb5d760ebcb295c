package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
)

// known is the list of steps of a feature that Tarn does not do as PostgreSQL
// does, with the reasons. In its file a reason stands before its steps, which are
// indented.
type known map[string]string

func (f *feature) readKnown() (known, error) {
	out := known{}
	b, err := os.ReadFile(f.file(".known"))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	reason := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		key, isStep := strings.CutPrefix(line, "\t")
		switch {
		case !isStep:
			reason = line
		case reason == "":
			return nil, fmt.Errorf("%s: a statement without a reason: %s", f.file(".known"), key)
		default:
			out[key] = reason
		}
	}
	return out, err
}

func (f *feature) writeKnown(k known) error {
	if len(k) == 0 {
		return os.RemoveAll(f.file(".known"))
	}
	var out strings.Builder
	for _, reason := range k.reasons() {
		out.WriteString(reason + "\n")
		for _, s := range f.steps {
			if k[s.key] == reason {
				out.WriteString("\t" + s.key + "\n")
			}
		}
	}
	return os.WriteFile(f.file(".known"), []byte(out.String()), 0o644)
}

func (k known) reasons() []string {
	var out []string
	for _, r := range k {
		out = append(out, r)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"`)
	arguments = regexp.MustCompile(`(function|procedure) ([^ (]+)\(.*\)`)
	severe    = regexp.MustCompile(`(?m)^ERROR:  (.*)$`)
)

// why says in which way an answer differs. code is the SQLSTATE with which Tarn
// failed, if it did.
func why(want, got, code string) string {
	w, g := severe.FindStringSubmatch(want), severe.FindStringSubmatch(got)
	general := func(message string) string {
		return arguments.ReplaceAllString(quoted.ReplaceAllString(message, `"..."`), "$1 $2(...)")
	}
	switch {
	case g != nil && (code == "0A000" || w == nil):
		return code + " " + general(g[1])
	case w != nil && g == nil:
		return "accepted, not refused: " + general(w[1])
	case w != nil && w[1] != g[1]:
		return "another error: " + code + " " + general(g[1])
	case w != nil && place(want) != place(got):
		return "another place of the error"
	case w != nil:
		return "another detail or hint"
	}
	return "another answer"
}

// place is the mark below the line of an error, and that line.
func place(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "LINE ") && i+1 < len(lines) {
			return l + "\n" + lines[i+1]
		}
	}
	return ""
}
