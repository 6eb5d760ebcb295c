package operators

// Distinct. Meaning: each different row once; NULLs are not different from each
// other. Delta rule: count the rows; a row comes when its count leaves zero and
// goes when it returns there. State: a count for each different row (see
// counted.go). Cost: a probe for each changed row. Pathology: none; the state
// is as large as the output.

func (s Distinct) build(c *Circuit, n *node) error {
	if err := n.expires(s.Expire, n.ins[0].types); err != nil {
		return err
	}
	buildCounted(c, n, s.State, s.Expire, func(l, _ int64) int64 { return min(l, 1) })
	return nil
}
