package jsonpath

import (
	"fmt"

	"github.com/tarndb/tarn/row/jsonb"
)

// AppendText appends the canonical text.
func (p *Path) AppendText(dst []byte) []byte {
	if p.Strict {
		dst = append(dst, "strict "...)
	}
	return p.Root.append(dst, false, true)
}

// append writes a node and what follows it. inChain says that an accessor stands
// behind something, brackets that an operator needs parentheses.
func (n *Node) append(dst []byte, inChain, brackets bool) []byte {
	for ; n != nil; n, inChain, brackets = n.Next, true, true {
		dst = n.appendOne(dst, inChain, brackets)
	}
	return dst
}

func (n *Node) appendOne(dst []byte, inChain, brackets bool) []byte {
	switch n.Op {
	case Null:
		return append(dst, "null"...)
	case String:
		return quote(dst, n.Text)
	case Number:
		if n.Next != nil {
			return append(n.Number.AppendText(append(dst, '(')), ')')
		}
		return n.Number.AppendText(dst)
	case Bool:
		return fmt.Append(dst, n.True)
	case Variable:
		return quote(append(dst, '$'), n.Text)
	case Root:
		return append(dst, '$')
	case Current:
		return append(dst, '@')
	case Last:
		return append(dst, "last"...)
	case Not:
		return append(n.Left.append(append(dst, "!("...), false, false), ')')
	case IsUnknown:
		return append(n.Left.append(append(dst, '('), false, false), ") is unknown"...)
	case Exists:
		return append(n.Left.append(append(dst, "exists ("...), false, false), ')')
	}
	if n.Op >= AnyArray {
		return n.appendAccessor(dst, inChain)
	}
	return n.appendOperator(dst, brackets)
}

func quote(dst []byte, s string) []byte { return jsonb.AppendQuoted(dst, []byte(s)) }

func (n *Node) appendOperator(dst []byte, brackets bool) []byte {
	if brackets {
		dst = append(dst, '(')
	}
	if n.Op == Plus || n.Op == Minus {
		dst = append(dst, n.Op.Name()...)
	}
	dst = n.operand(dst, n.Left)
	switch n.Op {
	case Plus, Minus:
	case LikeRegex:
		dst = quote(append(dst, " like_regex "...), n.Text)
		if n.Flags != "" {
			dst = fmt.Appendf(dst, ` flag "%s"`, n.Flags)
		}
	default:
		dst = fmt.Appendf(dst, " %s ", n.Op.Name())
		dst = n.operand(dst, n.Right)
	}
	if brackets {
		dst = append(dst, ')')
	}
	return dst
}

func (n *Node) operand(dst []byte, arg *Node) []byte {
	return arg.append(dst, false, arg.Op.priority() <= n.Op.priority())
}

func (n *Node) appendAccessor(dst []byte, inChain bool) []byte {
	if inChain && (n.Op == AnyKey || n.Op == AnyDepth || n.Op == Key) {
		dst = append(dst, '.')
	}
	switch n.Op {
	case AnyArray:
		return append(dst, "[*]"...)
	case AnyKey:
		return append(dst, '*')
	case Key:
		return quote(dst, n.Text)
	case Filter:
		return append(n.Left.append(append(dst, "?("...), false, false), ')')
	case Index:
		dst = append(dst, '[')
		for i, s := range n.Subscripts {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = s.From.append(dst, false, false)
			if s.To != nil {
				dst = s.To.append(append(dst, " to "...), false, false)
			}
		}
		return append(dst, ']')
	case AnyDepth:
		return n.appendDepths(append(dst, "**"...))
	case Datetime:
		return append(n.Left.append(append(dst, ".datetime("...), false, false), ')')
	}
	return fmt.Appendf(dst, ".%s()", n.Op.Name())
}

func (n *Node) appendDepths(dst []byte) []byte {
	depth := func(d uint32) string {
		if d == Deepest {
			return "last"
		}
		return fmt.Sprint(d)
	}
	switch {
	case n.First == 0 && n.Last == Deepest:
		return dst
	case n.First == n.Last:
		return fmt.Appendf(dst, "{%s}", depth(n.First))
	}
	return fmt.Appendf(dst, "{%s to %s}", depth(n.First), depth(n.Last))
}
