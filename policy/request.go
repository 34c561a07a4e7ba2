package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// RequesterType says what kind of principal makes a request.
type RequesterType string

// The types. The empty type is nobody, who is denied everything.
const (
	AccountRoot   RequesterType = "Account"       // an account's root user
	User          RequesterType = "User"          // a user of an account
	AssumedRole   RequesterType = "AssumedRole"   // a session of a role
	FederatedUser RequesterType = "FederatedUser" // a session that a user gave to somebody
	Service       RequesterType = "AWSService"    // a service on its own behalf
	WebIdentity   RequesterType = "WebIdentity"   // somebody whom an identity provider vouches for, before a role is assumed
	CanonicalUser RequesterType = "CanonicalUser" // an account by its canonical id
)

// Requester is the principal of a request, as authentication found it. Nothing of it may come from
// the request's own text.
type Requester struct {
	Type    RequesterType
	ARN     string            // of the user or session; the name of a service or provider
	Account string            // 12 digits; "" for services and providers
	Issuer  string            // ARN of the role or user behind a session
	Name    string            // aws:username, of users only
	ID      string            // aws:userid
	Tags    map[string]string // aws:PrincipalTag/...
}

// Request is one operation that a principal asks for.
type Request struct {
	Principal Requester
	Action    string // service:Name, e.g. "kms:Decrypt"
	Resource  string // its ARN; "*" for an operation on no resource, e.g. kms:ListKeys
	Owner     string // the resource's account, when its ARN has none

	// Context holds the condition keys and their values, e.g. aws:SourceIp, aws:CurrentTime,
	// kms:EncryptionContext:app. Keys about the principal and the resource's account are made from
	// the fields above; what Context says about them does not count.
	Context map[string][]string
}

// What a request may hold. A larger one is denied before any pattern is tried on it.
const (
	maxName    = 2048
	maxKeys    = 512
	maxContext = 128 << 10 // bytes of all keys and values
)

var requestAction = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}:[A-Za-z0-9]{1,128}$`)

// class is the key of a Principal element under which the requester can be named.
func (r *Requester) class() string {
	switch r.Type {
	case Service:
		return "Service"
	case WebIdentity:
		return "Federated"
	case CanonicalUser:
		return "CanonicalUser"
	default:
		return "AWS"
	}
}

// problem says why nobody can be sure who the requester is; "" when they are known.
func (r *Requester) problem() string {
	switch r.Type {
	case AccountRoot:
		return r.belongs(rootARN, nil)
	case User:
		return r.belongs(userARN, nil)
	case AssumedRole:
		if problem := r.belongs(sessionARN, roleARN); problem != "" {
			return problem
		}
		role := r.Issuer[strings.LastIndexByte(r.Issuer, '/')+1:]
		if sessionARN.FindStringSubmatch(r.ARN)[2] != role {
			return "the session is not one of its role"
		}
	case FederatedUser:
		return r.belongs(guestARN, userARN)
	case Service:
		if !serviceHost.MatchString(r.ARN) || r.Account != "" {
			return "the service has no name, or an account"
		}
	case WebIdentity:
		if !serviceHost.MatchString(r.ARN) && !providerARN.MatchString(r.ARN) || r.Account != "" {
			return "the identity provider has no name, or an account"
		}
	case CanonicalUser:
		if !canonicalUser.MatchString(r.ARN) || r.Account != "" {
			return "the canonical user has no id, or an account"
		}
	default:
		return "nobody is asking"
	}
	return ""
}

// belongs checks the ARN, the account in it, and those of the issuer when there must be one.
func (r *Requester) belongs(self, issuer *regexp.Regexp) string {
	m := self.FindStringSubmatch(r.ARN)
	if m == nil || !accountID.MatchString(r.Account) || m[1] != r.Account {
		return fmt.Sprintf("the ARN of the %s and its account do not fit", r.Type)
	}
	if issuer == nil {
		if r.Issuer != "" {
			return fmt.Sprintf("a principal of type %s has no issuer", r.Type)
		}
		return ""
	}
	if m := issuer.FindStringSubmatch(r.Issuer); m == nil || m[1] != r.Account {
		return "the session does not tell from whom it is"
	}
	return ""
}

// principalARN is aws:PrincipalArn: of a role's session, it is the role's.
func (r *Requester) principalARN() string {
	switch r.Type {
	case AssumedRole:
		return r.Issuer
	case AccountRoot, User, FederatedUser:
		return r.ARN
	}
	return ""
}

// facts is what conditions and variables see of a request.
type facts struct {
	action   string // folded
	resource string
	owner    string // the resource's account
	values   map[string][]string
}

// newFacts checks a request and gathers its facts; problem is "" when it can be judged.
func newFacts(r *Request) (f *facts, problem string) {
	f = &facts{action: fold(r.Action), resource: r.Resource}
	if problem = r.Principal.problem(); problem != "" {
		return nil, problem
	}
	if !requestAction.MatchString(r.Action) {
		return nil, "the action is not of the form service:Name"
	}
	if problem = f.place(r); problem != "" {
		return nil, problem
	}
	if problem = f.gather(r); problem != "" {
		return nil, problem
	}
	return f, ""
}

// builtIn stands for the account in the ARNs of policies that come with every account.
const builtIn = "aws"

// place finds the account of the resource. It stays empty when nothing tells.
func (f *facts) place(r *Request) string {
	f.owner = r.Owner
	if r.Resource == "*" {
		if f.owner == "" {
			f.owner = r.Principal.Account // an operation on no resource concerns one's own account
		}
		return ""
	}
	a, ok := splitARN(r.Resource)
	switch {
	case !ok || !serviceName.MatchString(a.service) || a.resource == "":
		return "the resource is not an ARN"
	case len(r.Resource) > maxName || !utf8.ValidString(r.Resource):
		return "the ARN of the resource is too long or not UTF-8"
	case a.account != "" && r.Owner != "" && a.account != r.Owner:
		return "the resource's ARN and its owner do not fit"
	}
	switch a.account {
	case "":
	case builtIn:
		f.owner = r.Principal.Account // what every account has is each one's own
	default:
		f.owner = a.account
	}
	return ""
}

// gather takes the context over and puts what is known of the principal in its place.
func (f *facts) gather(r *Request) string {
	f.values = make(map[string][]string, len(r.Context)+8)
	size := 0
	// The order counts only for which problem is told; telling always the same one is easier to follow.
	for _, key := range slices.Sorted(maps.Keys(r.Context)) {
		folded := fold(key)
		if _, twice := f.values[folded]; twice {
			return fmt.Sprintf("the condition key %q is there twice, in different case", clip(key))
		}
		f.values[folded] = r.Context[key]
		size += len(key)
		for _, v := range r.Context[key] {
			size += len(v)
			if !utf8.ValidString(v) {
				return fmt.Sprintf("the condition key %q has a value that is not UTF-8", clip(key))
			}
		}
	}
	if size > maxContext || len(f.values) > maxKeys {
		return "the context of the request is too large"
	}
	maps.DeleteFunc(f.values, func(key string, _ []string) bool { return ownKey(key) })
	return f.principal(&r.Principal)
}

// ownKeys are the condition keys that only authentication answers for.
var ownKeys = []string{
	"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice",
	"aws:principalservicename", "aws:username", "aws:userid", "aws:resourceaccount",
}

const principalTag = "aws:principaltag/"

func ownKey(folded string) bool {
	return strings.HasPrefix(folded, principalTag) || slices.Contains(ownKeys, folded)
}

func (f *facts) principal(r *Requester) string {
	set := func(key, value string) {
		if value != "" {
			f.values[key] = []string{value}
		}
	}
	set("aws:principalarn", r.principalARN())
	set("aws:principalaccount", r.Account)
	set("aws:userid", r.ID)
	set("aws:resourceaccount", f.owner)
	set("aws:principalisawsservice", fmt.Sprint(r.Type == Service))
	switch r.Type {
	case Service:
		set("aws:principalservicename", r.ARN)
	case User:
		set("aws:username", r.Name)
	}
	if r.Account != "" {
		set("aws:principaltype", string(r.Type))
	}
	for tag, value := range r.Tags {
		key := principalTag + fold(tag)
		if _, twice := f.values[key]; twice || !utf8.ValidString(value) {
			return "the principal has a tag twice, in different case, or one that is not UTF-8"
		}
		f.values[key] = []string{value}
	}
	return ""
}

// variable is the value of a policy variable. Only a key with one value has one; an empty value is
// none, because it would let secret:${aws:PrincipalTag/team}* name every secret.
func (f *facts) variable(p piece) (string, bool) {
	switch values := f.values[p.key]; {
	case len(values) > 1:
		return "", false
	case len(values) == 1 && values[0] != "":
		return values[0], true
	default:
		return p.fallback, p.fallback != ""
	}
}
