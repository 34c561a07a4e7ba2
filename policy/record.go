package policy

import "time"

// Record is what the trail of the AWS side keeps of an operation besides its action and caller. None
// of it may be secret. The act fills Response and Resources in when it knows them.
type Record struct {
	Request   any // requestParameters: encoded as JSON with the attempt
	Response  any // responseElements: encoded with the outcome; nil for reads
	Resources []Resource
	Service   bool // a service tells of its own doing: nobody called an operation of this name
}

// Resource is one thing that an operation touched.
type Resource struct {
	ARN  string `json:"ARN"`
	Type string `json:"type"` // AWS::Service::Kind
}

// Params is a request or an answer in a Record, under AWS's names. What is put in here stays on the log:
// no plaintexts, values, keys or tokens.
type Params map[string]any

// Tidy leaves out what was not said, as CloudTrail does: empty texts, lists and maps, 0 and false. What a
// pointer points to stays, so that a false can be said.
func (p Params) Tidy() Params {
	for name, value := range p {
		if empty(value) {
			delete(p, name)
		}
	}
	return p
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case int:
		return v == 0
	case *string:
		return v == nil
	case *bool:
		return v == nil
	case *int:
		return v == nil
	case []string:
		return len(v) == 0
	case []Params:
		return len(v) == 0
	case map[string]string:
		return len(v) == 0
	case Params:
		return len(v) == 0
	}
	return false
}

// Timestamp is a time in a Record; "" for none.
func Timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
