package row

import "github.com/tarndb/tarn/row/fault"

// Error is what parsing, typmods and decoding raise. Layers above attach the
// position; the message, detail and hint are PostgreSQL's.
type Error = fault.Error
