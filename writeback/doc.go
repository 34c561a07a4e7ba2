// Package writeback is the click: a ticket and what a person entered become one row in the
// user's own database, exactly once, recorded before and after.
//
// Read it in the order of a click: submit.go, verify.go, claim.go, apply.go, record.go. It is the
// only package that writes user rows.
package writeback
