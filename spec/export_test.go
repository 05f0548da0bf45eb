package spec

// BeyondSchema reports whether a problem is between values, or one of a value's place in float32: a
// schema does not state the rule, or only in part.
func BeyondSchema(e Error) bool { return e.beyondSchema }
