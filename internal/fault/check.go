package fault

import "fmt"

// Check gathers what is wrong with a definition, field by field. The zero Check is ready for use.
type Check struct{ Bad []Field }

// Add notes a problem; field is a path such as inputs[0].rule.
func (c *Check) Add(field, format string, args ...any) {
	c.Bad = append(c.Bad, Field{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Want notes a problem unless ok.
func (c *Check) Want(ok bool, field, format string, args ...any) {
	if !ok {
		c.Add(field, format, args...)
	}
}
