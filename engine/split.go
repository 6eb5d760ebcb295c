package engine

import "github.com/tarndb/tarn/sql/parser"

// Split cuts a text into its statements, without the semicolons between them.
func Split(text string) ([]*Statement, error) {
	parsed, err := parser.Parse(text)
	if err != nil {
		return nil, located(err, text)
	}
	out := make([]*Statement, 0, len(parsed))
	for _, p := range parsed {
		out = append(out, &Statement{AST: p.Node, Text: text, Start: p.Start, End: p.End, Params: p.NumParams})
	}
	return out, nil
}
