package policy_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/internal/fault"
	"signet/policy"
)

// keyPolicy is the default key policy with all that a resource policy may have.
const keyPolicy = `{
  "Version": "2012-10-17",
  "Id": "key-default-1",
  "Statement": [
    {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "Use", "Effect": "Allow", "Principal": {"Service": ["quicksight.amazonaws.com"], "AWS": ["444455556666", "*"]},
     "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": ["*"],
     "Condition": {"StringEquals": {"kms:ViaService": ["<&>"], "aws:SourceAccount": "111122223333"}, "Bool": {"kms:GrantIsForAWSResource": true},
       "NumericLessThan": {"aws:MultiFactorAuthAge": 300}, "ForAnyValue:StringLikeIfExists": {"kms:EncryptionContextKeys": "a*"}}},
    {"Effect": "Deny", "NotPrincipal": {"CanonicalUser": "00000000000000000000000000000000000000000000000000000000000000ff"}, "NotAction": "kms:Describe*", "NotResource": "arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/key, 'none'}"},
    {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}, "Null": {"kms:RecipientAttestation:PCR0": "true"}, "IpAddress": {"aws:SourceIp": "2001:db8::/32"}, "ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:x"}, "BinaryEquals": {"app:b": "AA=="}}}
  ]
}`

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		kind policy.Kind
		text string
	}{
		{policy.KeyPolicy, keyPolicy},
		{policy.ResourcePolicy, `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "a:B", "Resource": "*"}}`},
		{policy.TrustPolicy, `{"Statement": {"Effect": "Allow", "Principal": {"Federated": "x.example.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}}`},
		{policy.IdentityPolicy, `{"Version": "2012-10-17", "Statement": {"Sid": "A1", "Effect": "Deny", "NotAction": "a:B", "Resource": "*"}}`},
	} {
		d := parse(t, c.kind, c.text)
		again := parse(t, c.kind, string(d.Canonical()))
		if !policy.Same(d, again) {
			t.Errorf("another document after\n%s", d.Canonical())
		}
		if diff := cmp.Diff(string(d.Canonical()), string(again.Canonical())); diff != "" {
			t.Error(diff)
		}
		if string(d.Text()) != c.text {
			t.Error("the text as written is lost")
		}
	}
	want := `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["a:B"],"Resource":["*"]}]}`
	d := parse(t, policy.ResourcePolicy, `{"Statement": {"Resource": "*", "Action": "a:B", "Principal": "*", "Effect": "Allow"}}`)
	if diff := cmp.Diff(want, string(d.Canonical())); diff != "" {
		t.Error(diff)
	}
}

// TestMistakes: each mistake is refused with its place. The want is part of the error.
func TestMistakes(t *testing.T) {
	ok := `"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"`
	for _, c := range []struct {
		kind       policy.Kind
		text, want string
	}{
		{policy.IdentityPolicy, ``, "line 1"},
		{policy.IdentityPolicy, `[]`, "document: it is a list"},
		{policy.IdentityPolicy, `{"Version": "2012-10-17"}`, "Statement: it is missing"},
		{policy.IdentityPolicy, `{"Statement": []}`, "Statement: it is missing"},
		{policy.IdentityPolicy, `{"Statement": 5}`, "Statement[0]: it is a number"},
		{policy.IdentityPolicy, "{\"Version\": \"2012-10-17\",\n \"Statement\": {" + ok + "}} x", "line 2: invalid character 'x'"},
		{policy.IdentityPolicy, `{"Version": "2013-10-17", "Statement": {` + ok + `}}`, `Version: it is "2013-10-17": write "2012-10-17"`},
		{policy.IdentityPolicy, `{"Version": 2012, "Statement": {` + ok + `}}`, "Version: it is a number"},
		{policy.IdentityPolicy, `{"Id": "", "Statement": {` + ok + `}}`, "Id: write a text"},
		{policy.IdentityPolicy, `{"statement": {` + ok + `}}`, "statement: there is no such element here"},
		{policy.IdentityPolicy, `{"Statement": {` + ok + `}, "Statement": {` + ok + `}}`, `key "Statement" is there twice`},
		{policy.IdentityPolicy, versioned(ok, ok+`, "Effect": "Deny"`), `Statement: item 1: key "Effect" is there twice`},
		{policy.IdentityPolicy, versioned(ok + `, "effect": "Deny"`), `key "effect" is there twice (first as "Effect")`},
		{policy.IdentityPolicy, versioned(ok + `, "Extra": 1`), "Statement[0].Extra: there is no such element"},
		{policy.IdentityPolicy, versioned(ok, `"Sid": "No1", `+strings.Replace(ok, "Allow", "allow", 1)), `Statement[1] (Sid "No1").Effect: write "Allow" or "Deny"`},
		{policy.IdentityPolicy, versioned(`"Sid": "a b", ` + ok), "Sid: use only letters and digits"},
		{policy.IdentityPolicy, versioned(`"Sid": 5, ` + ok), "Sid: write a text"},
		{policy.IdentityPolicy, versioned(`"Sid": "A", `+ok, `"Sid": "A", `+ok), `Statement[1] (Sid "A").Sid: statement 0 has the same`},
		{policy.IdentityPolicy, versioned(ok + `, "NotAction": "kms:*"`), "NotAction: Action is there too"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Resource": "*"`), "Action: it is missing: write Action or NotAction"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "kms:*"`), "Resource: it is missing"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": [], "Resource": "*"`), "Action: it lists 0"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": ["a:B", 5], "Resource": "*"`), "Action[1]: it is a number"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": null, "Resource": "*"`), "Action: it is null"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "Decrypt", "Resource": "*"`), `"Decrypt" is not an action`},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "k*:Decrypt", "Resource": "*"`), "is not an action"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "kms:${aws:username}", "Resource": "*"`), "is not an action"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "kms:Décrypt", "Resource": "*"`), "is not an action"},
		{policy.IdentityPolicy, versioned(ok + `, "Principal": "*"`), "Principal: an identity policy is about whom it is attached to"},

		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "secret"`), `Resource: "secret": it must be an ARN`},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:us-east-1:111122223333:x"`), "its service cannot have wildcards"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:KMS:us-east-1:111122223333:x"`), "lower case"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kms:us-east-1:1:x"`), "12 digits"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kms:us-east-1"`), "too few parts"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn::kms:us-east-1:111122223333:x"`), "partition"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kms:US:111122223333:x"`), "region"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kms:us-east-1:111122223333:"`), "the resource, is missing"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "${aws:PrincipalTag/arn}"`), "it must be an ARN"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:${app:s}:us-east-1:111122223333:x"`), "service must be"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username"`), "add a }"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${}"`), "is not a variable"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${username}"`), "is not a variable"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:a, x}"`), "in single quotes"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:a, ''}"`), "in single quotes"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${${aws:a}}"`), "is not a variable"},
		{policy.IdentityPolicy, versioned(`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b\u0000"`), "control character"},

		{policy.IdentityPolicy, versioned(ok + `, "Condition": {}`), "Condition: write"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"stringEquals": {"aws:a": "b"}}`), "Condition.stringEquals: there is no such operator"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"ForAll:StringEquals": {"aws:a": "b"}}`), "there is no such operator"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"NullIfExists": {"aws:a": "true"}}`), "write Null alone"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"ForAnyValue:Null": {"aws:a": "true"}}`), "write Null alone"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"Null": {"aws:a": "yes"}}`), "write true"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"StringEquals": {}}`), `write {"key": "value"}`},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"StringEquals": {"a": "b"}}`), "StringEquals.a: it is not a condition key"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"StringEquals": {"aws:a": []}}`), "lists 0 values"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"StringEquals": {"aws:a": ["b", {}]}}`), "StringEquals.aws:a[1]: it is an object"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"StringEquals": {"aws:a": 5}}`), "it is a number: write a text"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"StringEquals": {"aws:a": "1", "AWS:A": "2"}}`), "is there twice"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"NumericEquals": {"aws:a": "1e99999999"}}`), "write a decimal number"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"NumericEquals": {"aws:a": "${aws:b}"}}`), "without exponent or variable"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"DateEquals": {"aws:a": "yesterday"}}`), "write a time"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"Bool": {"aws:a": "yes"}}`), "write true or false"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"IpAddress": {"aws:a": "10.0.0.0/33"}}`), "write an address"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"IpAddress": {"aws:a": "fe80::1%eth0"}}`), "write an address"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"ArnLike": {"aws:a": "*"}}`), "write all six parts"},
		{policy.IdentityPolicy, versioned(ok + `, "Condition": {"BinaryEquals": {"aws:a": "AB=="}}`), "write base64"},

		{policy.KeyPolicy, versioned(ok), "Principal: it is missing"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {}`), "Principal: it is empty"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": "ana"`), `"ana" is not a principal`},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"aws": "*"}`), "Principal.aws: there is no such element"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}`), "Principal.AWS: \"arn:aws:iam::111122223333:user/*\": a wildcard may only stand alone"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"AWS": "arn:aws:iam::111122223333:group/g"}`), "a group is not a principal"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"AWS": "1234"}`), "12 digits"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"AWS": "arn:aws:iam::111122223333:user/${aws:username}"}`), "write an account"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"Service": "*"}`), "name of one service"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"Federated": "*"}`), "provider's name"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": {"CanonicalUser": "x"}`), "64 hexadecimal"},
		{policy.KeyPolicy, versioned(ok + `, "NotPrincipal": {"AWS": "111122223333"}`), "NotPrincipal: with \"Allow\" it would let everybody else in"},
		{policy.KeyPolicy, versioned(strings.Replace(ok, "Allow", "Deny", 1) + `, "NotPrincipal": "*"`), "exempts everybody"},
		{policy.KeyPolicy, versioned(ok + `, "Principal": "*", "NotPrincipal": {"AWS": "111122223333"}`), "Principal is there too"},
		{policy.TrustPolicy, versioned(ok + `, "Principal": "*"`), "Resource: a trust policy is about its own resource"},
		{policy.TrustPolicy, versioned(`"Effect": "Deny", "Action": "*", "NotPrincipal": {"AWS": "111122223333"}`), "a trust policy cannot have it"},
	} {
		_, err := policy.ParseDocument([]byte(c.text), policy.Options{Kind: c.kind, Name: "readers"})
		if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

// TestAllMistakesAtOnce: whoever wrote the policy mends it in one go.
func TestAllMistakesAtOnce(t *testing.T) {
	_, err := policy.ParseDocument([]byte(`{"Version": "1", "Statement": [{"Effect": "No", "Action": "x", "Resource": "y"}]}`),
		policy.Options{Kind: policy.IdentityPolicy, Name: "readers"})
	f, _ := errors.AsType[*fault.Error](err)
	if f == nil || len(f.Fields) != 4 || !strings.Contains(f.Detail, `identity policy "readers" has mistakes: Version:`) || !strings.Contains(f.Detail, "and 3 more") {
		t.Errorf("%+v", f)
	}
}

// TestHostileDocuments: size, depth and counts are bounded, and what is over is refused quickly.
func TestHostileDocuments(t *testing.T) {
	statement := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	long := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	for name, text := range map[string]string{
		"too long":           `{"Statement": ` + statement + strings.Repeat(" ", policy.DefaultMaxBytes) + `}`,
		"deep lists":         strings.Repeat("[", 30000),
		"deep closed lists":  strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"deep objects":       strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
		"deep in a value":    `{"Statement": {"Condition": {"StringEquals": {"a:b": [[[[["x"]]]]]}}}}`,
		"many statements":    `{"Statement": [` + long(600, statement) + `]}`,
		"many actions":       `{"Statement": {"Effect": "Allow", "Action": [` + long(2000, `"a:B"`) + `], "Resource": "*"}}`,
		"many values":        `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"a:b": [` + long(2000, `"x"`) + `]}}}}`,
		"many empty objects": `{"Statement": [` + long(300, `{}`) + `]}`,
		"a long number":      `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a:b": ` + strings.Repeat("9", 20000) + `}}}}`,
		"not UTF-8":          "{\"Id\": \"\xff\", \"Statement\": " + statement + "}",
		"two documents":      `{"Statement": ` + statement + `}{}`,
		"a comma too many":   `{"Statement": ` + statement + `,}`,
	} {
		_, err := policy.ParseDocument([]byte(text), policy.Options{Kind: policy.IdentityPolicy})
		f, _ := errors.AsType[*fault.Error](err)
		if f == nil {
			t.Errorf("%s: %v", name, err)
		} else if len(f.Detail) > 1000 || len(f.Fields) > 20 {
			t.Errorf("%s: the error is as hostile: %d bytes, %d fields", name, len(f.Detail), len(f.Fields))
		}
	}
	_, err := policy.ParseDocument([]byte(strings.Repeat(`{"a":`, 50)+"1"+strings.Repeat("}", 50)), policy.Options{Kind: policy.IdentityPolicy})
	if err == nil || !strings.Contains(err.Error(), "nested more than 8 levels") {
		t.Errorf("depth: %v", err)
	}
	_, err = policy.ParseDocument([]byte(keyPolicy), policy.Options{Kind: policy.KeyPolicy, MaxBytes: 1000})
	if fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("the caller's limit: %v", err)
	}
	for _, kind := range []policy.Kind{"", "other"} {
		if _, err := policy.ParseDocument([]byte(keyPolicy), policy.Options{Kind: kind}); err == nil {
			t.Errorf("kind %q was taken", kind)
		}
	}
}

// TestDocumentIsItsOwn: a caller that writes into the bytes that it handed in, or got, changes nothing.
func TestDocumentIsItsOwn(t *testing.T) {
	raw := []byte(versioned(allowAll))
	d, err := policy.ParseDocument(raw, policy.Options{Kind: policy.IdentityPolicy})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(raw)
	clear(raw)
	clear(d.Text())
	if diff := cmp.Diff(string(want), string(d.Text())); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(keyPolicy))
	f.Add([]byte(versioned(allowAll, denyAll)))
	f.Add([]byte(versioned(to(toAna, `"Effect": "Allow", "Action": "sts:AssumeRole"`))))
	for i, c := range conditionCases {
		if i%3 == 0 {
			f.Add([]byte(versioned(fmt.Sprintf(`"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": %s`, c.condition))))
		}
	}
	kinds := []policy.Kind{policy.IdentityPolicy, policy.ResourcePolicy, policy.KeyPolicy, policy.TrustPolicy}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, kind := range kinds {
			d, err := policy.ParseDocument(raw, policy.Options{Kind: kind})
			if err != nil {
				if _, ok := errors.AsType[*fault.Error](err); !ok {
					t.Fatalf("not an error for people: %v", err)
				}
				continue
			}
			again, err := policy.ParseDocument(d.Canonical(), policy.Options{Kind: kind})
			if fault.CodeOf(err) == fault.TooLarge {
				continue // escapes can make the one form longer than what was written
			}
			if err != nil || !policy.Same(d, again) {
				t.Fatalf("%v: another document after\n%s", err, d.Canonical())
			}
			for _, r := range []policy.Request{read(nil), {Principal: session(), Action: "kms:Decrypt", Resource: keyARN}} {
				p := policy.Policies{Resource: d}
				if kind == policy.IdentityPolicy {
					p = policy.Policies{Identity: []*policy.Document{d}}
				}
				if a, b := policy.Evaluate(r, p), policy.Evaluate(r, p); a.Outcome != b.Outcome || policy.Explain(r, p) == "" {
					t.Fatal("not the same answer twice")
				}
			}
		}
	})
}
