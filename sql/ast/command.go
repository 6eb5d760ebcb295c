package ast

import "fmt"

// Command is the first words of a statement, for messages.
func Command(st Statement) string {
	switch st.(type) {
	case *Select:
		return "SELECT"
	case *Insert:
		return "INSERT"
	case *Update:
		return "UPDATE"
	case *Delete:
		return "DELETE"
	case *Truncate:
		return "TRUNCATE TABLE"
	case *Listen:
		return "LISTEN"
	}
	return fmt.Sprintf("statement %T", st)
}
