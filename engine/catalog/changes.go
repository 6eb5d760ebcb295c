package catalog

// Changes collects what a commit is to write beside the stores.
type Changes []change

type change struct {
	key   string
	value []byte
	gone  bool
}

var _ MetaWriter = (*Changes)(nil)

func (m *Changes) SetMeta(key string, value []byte) {
	*m = append(*m, change{key: key, value: value})
}

func (m *Changes) DeleteMeta(key string) { *m = append(*m, change{key: key, gone: true}) }

// Apply hands the changes on.
func (m Changes) Apply(w MetaWriter) {
	for _, c := range m {
		if c.gone {
			w.DeleteMeta(c.key)
		} else {
			w.SetMeta(c.key, c.value)
		}
	}
}
