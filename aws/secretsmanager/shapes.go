package secretsmanager

import (
	"encoding/json"

	"signet/aws"
	"signet/secrets"
)

// need refuses a request without a member: name, value, name, value. Package secrets takes an empty
// name of a secret for an operation on none.
func need(members ...string) error {
	for i := 0; i < len(members); i += 2 {
		if members[i+1] == "" {
			return missing(members[i])
		}
	}
	return nil
}

func missing(member string) error { return aws.Invalid(member, "Member must not be null") }

// number reads a number that may be left out. Package secrets takes 0 for that, so a 0 that was sent is
// refused here.
func number(member string, n *int) (int, error) {
	if n == nil {
		return 0, nil
	}
	if *n < 1 {
		return 0, aws.Invalid(member, "Member must have value greater than or equal to 1")
	}
	return *n, nil
}

// refuse refuses a member that asks for what Signet does not have: it must not be passed over.
func refuse(there bool, what string) error {
	if !there {
		return nil
	}
	return aws.Errorf(secrets.UnsupportedOperationException, "%s is not supported here.", what)
}

// first is the first of the errors, or nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// present is a member of which only matters whether it is there.
type present bool

// UnmarshalJSON notes that there is one.
func (p *present) UnmarshalJSON(b []byte) error {
	*p = string(b) != "null" && string(b) != "[]" && string(b) != `""`
	return nil
}

// text is a secret text: a JSON string whose bytes can be overwritten. nil is none.
type text []byte

// UnmarshalJSON reads a string.
func (t *text) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return aws.Errorf("SerializationException", "a secret text must be a string")
	}
	*t = []byte(s) // not nil, for an empty text too
	return nil
}

// MarshalJSON writes a string.
func (t text) MarshalJSON() ([]byte, error) { return json.Marshal(string(t)) }

// valueIn is the value in a request.
type valueIn struct {
	SecretString text
	SecretBinary []byte
}

// Wipe overwrites the value.
func (v *valueIn) Wipe() {
	clear(v.SecretString)
	clear(v.SecretBinary)
}

func (v *valueIn) value() (secrets.Value, error) {
	return secrets.NewValue(v.SecretString, v.SecretBinary)
}

// secretInput names a secret.
type secretInput struct {
	SecretID string `json:"SecretId"`
}

func (in *secretInput) of(c *aws.Call) (secrets.SecretInput, error) {
	return secrets.SecretInput{Region: c.Region, SecretID: in.SecretID}, need("secretId", in.SecretID)
}

// namedAnswer says which secret was meant.
type namedAnswer struct{ ARN, Name string }

func newNamed(out secrets.NamedOutput, err error) (*namedAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &namedAnswer{out.ARN, out.Name}, nil
}

// versionAnswer says which version was made or moved.
type versionAnswer struct {
	ARN, Name     string
	VersionID     string   `json:"VersionId,omitempty"`
	VersionStages []string `json:",omitempty"`
}

func newVersion(out secrets.VersionOutput, err error) (*versionAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &versionAnswer{out.ARN, out.Name, out.VersionID, out.VersionStages}, nil
}

// valueAnswer is a version with its value.
type valueAnswer struct {
	ARN, Name     string
	VersionID     string `json:"VersionId"`
	SecretString  text   `json:",omitempty"`
	SecretBinary  []byte `json:",omitempty"`
	VersionStages []string
	CreatedDate   aws.Time
}

// Wipe overwrites the value.
func (out *valueAnswer) Wipe() {
	clear(out.SecretString)
	clear(out.SecretBinary)
}

func newValue(v secrets.GetSecretValueOutput) valueAnswer {
	out := valueAnswer{ARN: v.ARN, Name: v.Name, VersionID: v.VersionID, VersionStages: v.VersionStages, CreatedDate: aws.Time{Time: v.CreatedDate}}
	if v.Value.IsText() {
		out.SecretString = v.Value.Reveal()
	} else {
		out.SecretBinary = v.Value.Reveal()
	}
	return out
}

type tag struct{ Key, Value string }

func tags(in []tag) []secrets.Tag {
	return each(in, func(t tag) secrets.Tag { return secrets.Tag(t) })
}

type filter struct {
	Key    string
	Values []string
}

func filters(in []filter) []secrets.Filter {
	return each(in, func(f filter) secrets.Filter { return secrets.Filter(f) })
}

// each turns a list into another, which is never null.
func each[From, To any](from []From, turn func(From) To) []To {
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = turn(v)
	}
	return to
}

// rotationRules say when a secret is rotated.
type rotationRules struct {
	AutomaticallyAfterDays *int   `json:",omitempty"`
	Duration               string `json:",omitempty"`
	ScheduleExpression     string `json:",omitempty"`
}

func (r rotationRules) of() (secrets.RotationRules, error) {
	days, err := number("rotationRules.automaticallyAfterDays", r.AutomaticallyAfterDays)
	return secrets.RotationRules{AutomaticallyAfterDays: days, Duration: r.Duration, ScheduleExpression: r.ScheduleExpression}, err
}

func newRules(r secrets.RotationRules) *rotationRules {
	if r.IsZero() {
		return nil
	}
	out := &rotationRules{Duration: r.Duration, ScheduleExpression: r.ScheduleExpression}
	if r.AutomaticallyAfterDays != 0 {
		out.AutomaticallyAfterDays = &r.AutomaticallyAfterDays
	}
	return out
}

// description is what a secret is, as the answers about one and about many have in common.
type description struct {
	ARN, Name         string
	Description       string         `json:",omitempty"`
	KmsKeyID          string         `json:"KmsKeyId,omitempty"`
	RotationEnabled   *bool          `json:",omitempty"` // left out until a rotation was configured
	RotationLambdaARN string         `json:",omitempty"`
	RotationRules     *rotationRules `json:",omitempty"`
	LastRotatedDate   aws.Time       `json:",omitzero"`
	LastChangedDate   aws.Time       `json:",omitzero"`
	LastAccessedDate  aws.Time       `json:",omitzero"`
	DeletedDate       aws.Time       `json:",omitzero"`
	NextRotationDate  aws.Time       `json:",omitzero"`
	Tags              []tag          `json:",omitempty"`
	OwningService     string         `json:",omitempty"`
	CreatedDate       aws.Time
	PrimaryRegion     string `json:",omitempty"`
}

func newDescription(d secrets.Description) description {
	out := description{
		ARN: d.ARN, Name: d.Name, Description: d.Description, KmsKeyID: d.KmsKeyID, RotationLambdaARN: d.RotationLambdaARN,
		RotationRules: newRules(d.RotationRules), LastRotatedDate: aws.Time{Time: d.LastRotatedDate}, LastChangedDate: aws.Time{Time: d.LastChangedDate},
		LastAccessedDate: aws.Time{Time: d.LastAccessedDate}, DeletedDate: aws.Time{Time: d.DeletedDate}, NextRotationDate: aws.Time{Time: d.NextRotationDate},
		Tags: each(d.Tags, func(t secrets.Tag) tag { return tag(t) }), OwningService: d.OwningService,
		CreatedDate: aws.Time{Time: d.CreatedDate}, PrimaryRegion: d.PrimaryRegion,
	}
	if d.RotationEnabled || d.RotationLambdaARN != "" {
		out.RotationEnabled = &d.RotationEnabled
	}
	return out
}
