package engine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tarndb/tarn/row"
)

// The table log's record is one transaction: a version byte, then for each
// table its OID, the length of what follows for it, the number of rows, and of
// each row the weight and the faithful encoding.
const writeRecordVersion = 1

var errShortRecord = errors.New("table log: a record is cut short")

func encodeWrite(deltas map[uint32]row.Delta) []byte {
	out := []byte{writeRecordVersion}
	var body []byte
	for _, oid := range sortedKeys(deltas) {
		body = binary.AppendUvarint(body[:0], uint64(deltas[oid].Rows()))
		for _, b := range deltas[oid] {
			for i := range b.Len() {
				body = binary.AppendVarint(body, b.Weights[i])
				body = row.AppendRowValue(body, b, i)
			}
		}
		out = binary.AppendUvarint(out, uint64(oid))
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
}

// decodeWrite reads a record. Rows of tables that were dropped since are left out.
func decodeWrite(rec []byte, c *catalog) (map[uint32]row.Delta, error) {
	if len(rec) == 0 || rec[0] != writeRecordVersion {
		return nil, errors.New("table log: a record of an unknown version")
	}
	rec = rec[1:]
	out := map[uint32]row.Delta{}
	for len(rec) > 0 {
		oid, n := binary.Uvarint(rec)
		if n <= 0 {
			return nil, errShortRecord
		}
		rec = rec[n:]
		size, n := binary.Uvarint(rec)
		if n <= 0 || size > uint64(len(rec)-n) {
			return nil, errShortRecord
		}
		body := rec[n : n+int(size)]
		rec = rec[n+int(size):]
		o := c.objects[uint32(oid)]
		if o == nil {
			continue
		}
		b, err := decodeRows(body, o.types())
		if err != nil {
			return nil, fmt.Errorf("table log: rows of %s: %w", o.label(), err)
		}
		out[o.OID] = append(out[o.OID], b)
	}
	return out, nil
}

func decodeRows(body []byte, types []row.Type) (*row.Batch, error) {
	count, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, errShortRecord
	}
	body = body[n:]
	b := row.NewBatch(types, int(min(count, row.BatchRows)))
	for range count {
		weight, n := binary.Varint(body)
		if n <= 0 {
			return nil, errShortRecord
		}
		var err error
		if body, err = row.DecodeRowValue(body[n:], b); err != nil {
			return nil, err
		}
		b.Weights[b.Len()-1] = weight
	}
	return b, nil
}
