// Package record is the form of a transaction in the table log.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tarndb/tarn/row"
)

// The table log's record is one transaction: a version byte, then for each
// table its OID, the length of what follows for it, the number of rows, and of
// each row the weight and the faithful encoding.
const version = 1

var errShortRecord = errors.New("table log: a record is cut short")

// Encode makes the record of some tables' changes.
func Encode(deltas map[uint32]row.Delta) []byte {
	out := []byte{version}
	var body []byte
	for _, oid := range slices.Sorted(maps.Keys(deltas)) {
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

// Decode reads a record. table gives the column types of a table, and how it is
// named in messages; rows of tables without types are left out.
func Decode(rec []byte, table func(oid uint32) (types []row.Type, label string)) (map[uint32]row.Delta, error) {
	if len(rec) == 0 || rec[0] != version {
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
		types, label := table(uint32(oid))
		if types == nil {
			continue
		}
		b, err := decodeRows(body, types)
		if err != nil {
			return nil, fmt.Errorf("table log: rows of %s: %w", label, err)
		}
		out[uint32(oid)] = append(out[uint32(oid)], b)
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
