package ast

import "reflect"

// Inspect calls f for n and, as long as f returns true, for every node below it in
// the order written, queries inside expressions included. It does not call f for a
// nil node.
func Inspect(n Node, f func(Node) bool) {
	if n == nil || reflect.ValueOf(n).IsNil() || !f(n) {
		return
	}
	inspectFields(reflect.ValueOf(n).Elem(), f)
}

// inspectFields finds the nodes in a struct by its fields' types, so that a new
// node or field cannot be forgotten here.
func inspectFields(v reflect.Value, f func(Node) bool) {
	for i := range v.NumField() {
		inspectValue(v.Field(i), f)
	}
}

func inspectValue(v reflect.Value, f func(Node) bool) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(Node); ok {
			Inspect(n, f)
		} else if v.Elem().Kind() == reflect.Struct {
			inspectFields(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			inspectValue(v.Index(i), f)
		}
	case reflect.Struct:
		inspectFields(v, f)
	}
}
