package pgwire

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// maxShownParam is how much of a bad parameter is repeated to the client.
const maxShownParam = 64

// bindParams converts what the client sent to datums of the statement's types,
// in memory of the portal's.
func (c *conn) bindParams(p *portal, m *bindMessage, want []row.Type) error {
	for i, raw := range m.params {
		format := int16(formatText)
		switch len(m.formats) {
		case 0:
		case 1:
			format = m.formats[0]
		default:
			format = m.formats[i]
		}
		if raw == nil {
			p.params = append(p.params, row.NullDatum)
			continue
		}
		at := len(p.mem)
		p.mem = append(p.mem, raw...) // the message's own bytes are the next message's
		d, err := c.bindParam(p.mem[at:len(p.mem):len(p.mem)], format, want[i])
		if err != nil {
			return &paramError{err, paramContext(p.name, i, raw, format)}
		}
		p.params = append(p.params, d)
	}
	return nil
}

func (c *conn) bindParam(raw []byte, format int16, t row.Type) (row.Datum, error) {
	switch format {
	case formatText:
		if err := checkText(raw); err != nil {
			return row.Datum{}, err
		}
		return row.ParseText(t, string(raw), c.style)
	case formatBinary:
		return row.ParseBinary(t, raw)
	default:
		return row.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", format)
	}
}

// checkText refuses what no text value may hold.
func checkText(raw []byte) error {
	for i := 0; i < len(raw); {
		if raw[i] == 0 {
			return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", raw[i])
		}
		i += n
	}
	return nil
}

func paramContext(portal string, i int, raw []byte, format int16) string {
	name := "unnamed portal"
	if portal != "" {
		name = fmt.Sprintf("portal \"%s\"", portal)
	}
	if format != formatText || !utf8.Valid(raw) {
		return fmt.Sprintf("%s parameter $%d", name, i+1)
	}
	shown := string(raw)
	if len(shown) > maxShownParam {
		shown = strings.ToValidUTF8(shown[:maxShownParam], "") + "..."
	}
	return fmt.Sprintf("%s parameter $%d = '%s'", name, i+1, strings.ReplaceAll(shown, "'", "''"))
}
