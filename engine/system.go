package engine

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/engine/system"
)

// What the makers of system tables are given, under the names of this package.
type (
	SystemTable   = system.Table
	SystemColumn  = system.Column
	SystemContext = system.Context
	SessionInfo   = system.SessionInfo
	Setting       = settings.Setting
	CatalogReader = system.CatalogReader
	RelationInfo  = system.RelationInfo
	ColumnInfo    = system.ColumnInfo
	TypeInfo      = system.TypeInfo
	SchemaInfo    = system.SchemaInfo
	SequenceInfo  = system.SequenceInfo
	IndexInfo     = system.IndexInfo
	CheckInfo     = system.CheckInfo
)

// RelKind is pg_class.relkind.
type RelKind = catalog.Kind

// The kinds of relation.
const (
	RelTable    = catalog.Table
	RelView     = catalog.View
	RelMatView  = catalog.MaterializedView
	RelSource   = catalog.Source
	RelSequence = catalog.Sequence
	RelIndex    = catalog.Index
)
