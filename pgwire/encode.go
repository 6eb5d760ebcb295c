package pgwire

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// The protocol's format codes.
const (
	formatText   = 0
	formatBinary = 1
)

// appendRowDescription appends a RowDescription; formats is empty for all text,
// or has one code for each column.
func appendRowDescription(dst []byte, cols []engine.ResultColumn, formats []int16) []byte {
	start := len(dst)
	dst = append(dst, 'T', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(cols)))
	for i, c := range cols {
		dst = append(dst, c.Name...)
		dst = append(dst, 0)
		dst = binary.BigEndian.AppendUint32(dst, c.TableOID)
		dst = binary.BigEndian.AppendUint16(dst, uint16(c.Attnum))
		dst = binary.BigEndian.AppendUint32(dst, wireOID(c.Type))
		dst = binary.BigEndian.AppendUint16(dst, uint16(c.Type.Len()))
		dst = binary.BigEndian.AppendUint32(dst, uint32(c.Type.Typmod()))
		dst = binary.BigEndian.AppendUint16(dst, uint16(formatOf(formats, i)))
	}
	return endMessage(dst, start)
}

// wireOID is the type's OID as clients are told: an untyped literal that reached
// the result is text, as in PostgreSQL.
func wireOID(t row.Type) uint32 {
	if t.Kind == row.Unknown {
		return row.T(row.Text).OID()
	}
	return t.OID()
}

func endMessage(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start-1))
	return dst
}

func formatOf(formats []int16, i int) int16 {
	if i < len(formats) {
		return formats[i]
	}
	return formatText
}

// appendDataRow appends row i of b as a DataRow, without an allocation for each cell.
func appendDataRow(dst []byte, b *row.Batch, i int, formats []int16, style *row.Style) []byte {
	start := len(dst)
	dst = append(dst, 'D', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(b.Cols)))
	for c := range b.Cols {
		col := &b.Cols[c]
		cell := len(dst)
		dst = append(dst, 0xff, 0xff, 0xff, 0xff) // -1: NULL
		if col.IsNull(i) {
			continue
		}
		if formatOf(formats, c) == formatBinary {
			dst = row.AppendBinary(dst, col.Type, col.Datum(i))
		} else {
			dst = row.AppendText(dst, col.Type, col.Datum(i), style)
		}
		binary.BigEndian.PutUint32(dst[cell:], uint32(len(dst)-cell-4))
	}
	return endMessage(dst, start)
}

// The messages without content, encoded once.
var (
	parseComplete   = pgproto3.ParseComplete{}
	bindComplete    = pgproto3.BindComplete{}
	closeComplete   = pgproto3.CloseComplete{}
	noData          = pgproto3.NoData{}
	emptyQuery      = pgproto3.EmptyQueryResponse{}
	portalSuspended = pgproto3.PortalSuspended{}
)
