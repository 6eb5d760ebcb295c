// Package engine is the database: epochs, catalog, DDL, sessions, peeks,
// recovery and the system relations.
package engine

import "github.com/tarndb/tarn/engine/result"

// ResultColumn describes a column of a result.
type ResultColumn = result.Column

// Notice is a message for the client beside the result.
type Notice = result.Notice
