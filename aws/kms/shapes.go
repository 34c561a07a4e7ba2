package kms

import (
	"strings"

	"signet/aws"
	"signet/kms"
)

func scope(c *aws.Call) kms.Scope { return kms.Scope{Region: c.Region} }

// need refuses a request without a member: name, value, name, value.
func need(members ...string) error {
	for i := 0; i < len(members); i += 2 {
		if members[i+1] == "" {
			return missing(members[i])
		}
	}
	return nil
}

func missing(member string) error { return aws.Invalid(member, "Member must not be null") }

// number reads a number that may be left out. Package kms takes 0 for that, so a 0 that was sent is
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

// keyInput names a key.
type keyInput struct {
	KeyID string `json:"KeyId"`
}

func (in *keyInput) key(c *aws.Call) (kms.KeyInput, error) {
	return kms.KeyInput{Scope: scope(c), KeyID: in.KeyID}, need("keyId", in.KeyID)
}

// keyAnswer names a key by its ARN.
type keyAnswer struct {
	KeyID string `json:"KeyId"`
}

// use is what the requests that use a key have in common.
type use struct {
	KeyID       string `json:"KeyId"`
	GrantTokens []string
	DryRun      bool
}

func (u use) of(c *aws.Call) (kms.Use, error) { return u.maybe(c), need("keyId", u.KeyID) }

// maybe is of for a request that may name no key.
func (u use) maybe(c *aws.Call) kms.Use {
	return kms.Use{Scope: scope(c), KeyID: u.KeyID, GrantTokens: u.GrantTokens, DryRun: u.DryRun}
}

// recipient is an enclave that an answer is to be encrypted for. Nothing of it is read: it is refused.
type recipient struct{ there bool }

// UnmarshalJSON notes that there is one.
func (r *recipient) UnmarshalJSON(b []byte) error {
	r.there = string(b) != "null"
	return nil
}

func (r recipient) named() bool { return r.there }

// page asks for one page of a list.
type page struct {
	Limit  *int
	Marker string
}

func (in page) list(c *aws.Call) (kms.ListInput, error) {
	limit, err := number("limit", in.Limit)
	return kms.ListInput{Scope: scope(c), Limit: limit, Marker: in.Marker}, err
}

// pageOfKey asks for one page of a list about a key.
type pageOfKey struct {
	page
	KeyID string `json:"KeyId"`
}

func (in pageOfKey) of(c *aws.Call) (kms.ListOfKeyInput, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return kms.ListOfKeyInput{}, err
	}
	list, err := in.list(c)
	return kms.ListOfKeyInput{ListInput: list, KeyID: in.KeyID}, err
}

// more tells whether and how a list goes on.
type more struct {
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

func rest[T any](p kms.Page[T]) more { return more{p.NextMarker, p.Truncated} }

// each turns a list into another, which is never null.
func each[From, To any](from []From, turn func(From) To) []To {
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = turn(v)
	}
	return to
}

type tag struct{ TagKey, TagValue string }

func tags(in []tag) []kms.Tag {
	return each(in, func(t tag) kms.Tag { return kms.Tag{Key: t.TagKey, Value: t.TagValue} })
}

// describedKey is the answer with one key's metadata.
type describedKey struct{ KeyMetadata metadata }

type metadata struct {
	AWSAccountID           string `json:"AWSAccountId"`
	KeyID                  string `json:"KeyId"`
	ARN                    string `json:"Arn"`
	CreationDate           aws.Time
	Enabled                bool
	Description            string
	KeyUsage               string
	KeyState               string
	DeletionDate           aws.Time `json:",omitzero"`
	ValidTo                aws.Time `json:",omitzero"`
	Origin                 string
	ExpirationModel        string `json:",omitempty"`
	KeyManager             string
	CustomerMasterKeySpec  string // the name of old of the next
	KeySpec                string
	EncryptionAlgorithms   []string `json:",omitempty"`
	SigningAlgorithms      []string `json:",omitempty"`
	KeyAgreementAlgorithms []string `json:",omitempty"`
	MacAlgorithms          []string `json:",omitempty"`
	MultiRegion            bool
	CurrentKeyMaterialID   string `json:"CurrentKeyMaterialId,omitempty"`
}

func newMetadata(k kms.KeyMetadata) metadata {
	return metadata{
		AWSAccountID: k.AccountID, KeyID: k.KeyID, ARN: k.ARN, CreationDate: aws.Time{Time: k.CreationDate}, Enabled: k.Enabled,
		Description: k.Description, KeyUsage: k.KeyUsage, KeyState: k.KeyState, DeletionDate: aws.Time{Time: k.DeletionDate},
		ValidTo: aws.Time{Time: k.ValidTo}, Origin: k.Origin, ExpirationModel: k.ExpirationModel, KeyManager: k.KeyManager,
		CustomerMasterKeySpec: k.KeySpec, KeySpec: k.KeySpec, EncryptionAlgorithms: k.EncryptionAlgorithms,
		SigningAlgorithms: k.SigningAlgorithms, KeyAgreementAlgorithms: k.KeyAgreementAlgorithms, MacAlgorithms: k.MacAlgorithms,
		CurrentKeyMaterialID: k.CurrentKeyMaterialID,
	}
}

// constraints limit a grant.
type constraints struct {
	EncryptionContextEquals map[string]string `json:",omitempty"`
	EncryptionContextSubset map[string]string `json:",omitempty"`
	SourceARN               string            `json:"SourceArn,omitempty"`
}

type grant struct {
	KeyID                    string `json:"KeyId"`
	GrantID                  string `json:"GrantId"`
	Name                     string `json:",omitempty"`
	CreationDate             aws.Time
	GranteePrincipal         string
	GranteeServicePrincipal  string `json:",omitempty"`
	RetiringPrincipal        string `json:",omitempty"`
	RetiringServicePrincipal string `json:",omitempty"`
	IssuingAccount           string
	Operations               []string
	Constraints              *constraints `json:",omitempty"`
}

func newGrant(g kms.Grant) grant {
	out := grant{
		KeyID: g.KeyARN, GrantID: g.GrantID, Name: g.Name, CreationDate: aws.Time{Time: g.CreationDate},
		GranteePrincipal: g.GranteePrincipal, GranteeServicePrincipal: serviceOnly(g.GranteePrincipal),
		RetiringPrincipal: g.RetiringPrincipal, RetiringServicePrincipal: serviceOnly(g.RetiringPrincipal),
		IssuingAccount: g.IssuingAccount, Operations: g.Operations,
	}
	if len(g.EncryptionContextEquals)+len(g.EncryptionContextSubset) > 0 || g.SourceArn != "" {
		out.Constraints = &constraints{g.EncryptionContextEquals, g.EncryptionContextSubset, g.SourceArn}
	}
	return out
}

// serviceOnly is a principal that is a service; "" for others. Clients look for a service under either name.
func serviceOnly(principal string) string {
	if strings.HasPrefix(principal, "arn:") {
		return ""
	}
	return principal
}
