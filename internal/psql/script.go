package psql

import "strings"

// Unit is lines of a script: those behind the unit before it, up to a line in which
// a statement ends. The last one may have none.
type Unit struct {
	Line       int      // its first line, from 1
	Echo       []string // its lines as psql -a prints them, which leaves out empty ones
	Statements []string // what psql sends: without the blanks and comments before it
}

// Split cuts a script into statements where psql does, without commands of psql's
// own (\...), variables and the data of COPY FROM STDIN.
func Split(script string) []Unit {
	var out []Unit
	s := &scanner{}
	for i, line := range strings.Split(strings.TrimSuffix(script, "\n"), "\n") {
		if line == "" && s.closes == "" {
			continue
		}
		if len(s.unit.Echo) == 0 {
			s.unit.Line = i + 1
		}
		s.unit.Echo = append(s.unit.Echo, line)
		if s.text.Len() > 0 {
			s.text.WriteByte('\n')
		}
		s.scan(line)
		if len(s.unit.Statements) > 0 {
			out = append(out, s.unit)
			s.unit = Unit{}
		}
	}
	if s.text.Len() > 0 {
		s.unit.Statements = append(s.unit.Statements, s.text.String())
	}
	if len(s.unit.Echo) > 0 {
		out = append(out, s.unit)
	}
	return out
}

// scanner is where the reading of a script stands.
type scanner struct {
	unit     Unit
	text     strings.Builder // of the statement so far
	closes   string          // what ends the quotes or the comment that is open; empty: nothing is
	escapes  bool            // a backslash takes the quote's meaning away
	comments int             // that are open, one in another
	depth    int             // of parentheses
}

// scan reads one line.
func (s *scanner) scan(line string) {
	for len(line) > 0 {
		n := 0
		if s.closes != "" {
			n = s.inside(line)
		} else {
			n = s.outside(line)
		}
		blank := s.closes == "" && (strings.TrimSpace(line[:n]) == "" || strings.HasPrefix(line, "--"))
		if !blank || s.text.Len() > 0 {
			s.text.WriteString(line[:n])
		}
		if s.closes == "" && s.depth == 0 && line[:n] == ";" {
			s.unit.Statements = append(s.unit.Statements, s.text.String())
			s.text.Reset()
		}
		line = line[n:]
	}
}

// outside gives the length of the token that begins the line, outside of quotes.
func (s *scanner) outside(line string) int {
	switch c := line[0]; {
	case strings.HasPrefix(line, "--"):
		return len(line)
	case strings.HasPrefix(line, "/*"):
		s.closes, s.comments = "*/", 1
		return 2
	case c == '\'' || c == '"':
		s.closes, s.escapes = line[:1], false
		return 1
	case (c == 'e' || c == 'E') && strings.HasPrefix(line[1:], "'"):
		s.closes, s.escapes = "'", true
		return 2
	case c == '$':
		if tag, ok := dollarTag(line); ok {
			s.closes = tag
			return len(tag)
		}
	case c == '(':
		s.depth++
	case c == ')':
		s.depth = max(s.depth-1, 0)
	case inName(c):
		n := 1
		for n < len(line) && (inName(line[n]) || line[n] == '$') {
			n++
		}
		return n
	}
	return 1
}

// inside gives how much of the line belongs to what is open, which it closes where
// that ends.
func (s *scanner) inside(line string) int {
	switch {
	case s.comments > 0 && strings.HasPrefix(line, "/*"):
		s.comments++
		return 2
	case s.comments > 0 && strings.HasPrefix(line, "*/"):
		if s.comments--; s.comments == 0 {
			s.closes = ""
		}
		return 2
	case s.closes == "'" && s.escapes && line[0] == '\\':
		return min(2, len(line))
	case len(s.closes) == 1 && strings.HasPrefix(line, s.closes+s.closes):
		return 2
	case strings.HasPrefix(line, s.closes):
		n := len(s.closes)
		s.closes = ""
		return n
	}
	return 1
}

// dollarTag is the $tag$ that begins the line.
func dollarTag(line string) (tag string, ok bool) {
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '$':
			return line[:i+1], true
		case !inName(line[i]) || i == 1 && line[i] >= '0' && line[i] <= '9':
			return "", false
		}
	}
	return "", false
}

func inName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}
