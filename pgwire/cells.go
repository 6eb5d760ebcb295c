package pgwire

import (
	"github.com/tarndb/tarn/row"
)

// textStyle is how a session wants values to look.
type textStyle struct {
	style row.TextStyle
}

// set takes the style from the reported parameters.
func (s *textStyle) set(params map[string]string) {
	s.style.Zone = params["TimeZone"]
}

func (s *textStyle) appendTextCell(dst []byte, c *row.Column, i int) ([]byte, error) {
	return row.AppendText(dst, c, i), nil
}

func appendBinaryCell(dst []byte, c *row.Column, i int) ([]byte, error) {
	return row.AppendBinary(dst, c, i), nil
}

func (s *textStyle) parseTextParam(raw []byte, t row.Type) (row.Datum, error) {
	return row.ParseText(raw, t)
}

func parseBinaryParam(raw []byte, t row.Type) (row.Datum, error) {
	return row.ParseBinary(raw, t)
}
