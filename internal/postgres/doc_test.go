package postgres

import "flag"

// With these flags the tests write what they otherwise compare with.
var (
	rewrite = flag.Bool("rewrite", false, "TestAnswers: write the .out files from what PostgreSQL answers")
	relist  = flag.Bool("relist", false, "TestCorpus: write the .known files from where Tarn's answers differ")
)
