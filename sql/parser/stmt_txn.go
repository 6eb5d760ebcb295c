package parser

import "github.com/tarndb/tarn/sql/ast"

func (p *parser) begin() ast.Statement {
	s := &ast.Transaction{Loc: p.loc(), Kind: ast.Begin}
	p.i++
	p.work()
	s.Modes, _ = p.modes()
	return s
}

func (p *parser) startTransaction() ast.Statement {
	s := &ast.Transaction{Loc: p.loc(), Kind: ast.StartTransaction}
	p.i++
	p.expect("transaction")
	s.Modes, _ = p.modes()
	return s
}

func (p *parser) work() {
	if !p.take("work") {
		p.take("transaction")
	}
}

func (p *parser) commit() ast.Statement {
	s := &ast.Transaction{Loc: p.loc(), Kind: ast.Commit}
	p.i++
	p.endTransaction(s)
	return s
}

func (p *parser) endTransaction(s *ast.Transaction) {
	if p.is("prepared") {
		unsupported(p.pos(), "two-phase commit is")
	}
	p.work()
	if p.take("and") {
		s.Chain = !p.take("no")
		p.expect("chain")
	}
}

func (p *parser) rollback() ast.Statement {
	s := &ast.Transaction{Loc: p.loc(), Kind: ast.Rollback}
	canName := p.advance().text == "rollback"
	p.endTransaction(s)
	if canName && !p.toks[p.i-1].word("chain") && p.take("to") {
		s.Kind, s.Name = ast.RollbackToSavepoint, p.savepointName()
	}
	return s
}

// savepointName parses [SAVEPOINT] name, where the word may be the name.
func (p *parser) savepointName() string {
	if p.peek(1).isColID() {
		p.take("savepoint")
	}
	return p.colID()
}

func (p *parser) savepoint() ast.Statement {
	s := &ast.Transaction{Loc: p.loc(), Kind: ast.Savepoint}
	p.i++
	s.Name = p.colID()
	return s
}

func (p *parser) release() ast.Statement {
	s := &ast.Transaction{Loc: p.loc(), Kind: ast.ReleaseSavepoint}
	p.i++
	s.Name = p.savepointName()
	return s
}

func (p *parser) someModes() ast.TransactionModes {
	m, any := p.modes()
	if !any {
		p.unexpected()
	}
	return m
}

// modes parses transaction modes, which commas may but need not separate.
func (p *parser) modes() (m ast.TransactionModes, any bool) {
	yes, no := true, false
	for {
		switch {
		case p.take("isolation"):
			p.expect("level")
			m.Isolation = p.isolation()
		case p.take("read"):
			m.ReadOnly = &yes
			if !p.take("only") {
				p.expect("write")
				m.ReadOnly = &no
			}
		case p.take("deferrable"):
			m.Deferrable = &yes
		case p.take("not"):
			p.expect("deferrable")
			m.Deferrable = &no
		default:
			if any && p.toks[p.i-1].punct(",") {
				p.unexpected()
			}
			return m, any
		}
		any = true
		p.takePunct(",")
	}
}

func (p *parser) isolation() string {
	switch {
	case p.take("serializable"):
		return "serializable"
	case p.take("repeatable"):
		p.expect("read")
		return "repeatable read"
	}
	p.expect("read")
	if p.take("committed") {
		return "read committed"
	}
	p.expect("uncommitted")
	return "read uncommitted"
}
