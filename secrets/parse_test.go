package secrets

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"signet/internal/opaque"
)

func FuzzSecretID(f *testing.F) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
	for _, s := range []string{"a", "prod/db", arn + "a-AbCdEf", arn + "a", arn + "-AbCdEf", "arn:aws:kms:x", arn + "a-b-c-123456", ""} {
		f.Add(s)
	}
	s := &Service{account: "123456789012"}
	f.Fuzz(func(t *testing.T, id string) {
		a, err := parseAddress(s.account, "us-east-1", id)
		if err != nil {
			return
		}
		judged := s.missing("us-east-1", a)
		if !strings.HasPrefix(judged, "arn:") || strings.ContainsAny(a.plain+a.name, "*?\x00") {
			t.Errorf("%q is judged as %q", id, judged)
		}
		if a.name != "" && s.arn("us-east-1", a.name, a.suffix) != id {
			t.Errorf("%q comes back as %q-%q", id, a.name, a.suffix)
		}
		if a.arn != "" && strings.HasPrefix(id, arn) {
			t.Errorf("%q is foreign", id)
		}
	})
}

func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"rate(5 days)", "rate(12 hours)", "cron(0 8 1 * ? *)", "cron(0 */4 ? JAN-MAR MON#2,6L *)", "cron(0 1 L * ? *)", "cron(0 0 29 2 ? *)"} {
		f.Add(s, "3h")
		f.Add(s, "")
	}
	now := time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expression, duration string) {
		s, err := RotationRules{ScheduleExpression: expression, Duration: duration}.parse()
		if err != nil {
			return
		}
		after := now
		for range 3 {
			opens, closes, ok := s.next(now, after)
			if !ok || !opens.After(after) || closes.Before(opens) || opens.Minute() != 0 ||
				closes.Truncate(24*time.Hour) != opens.Truncate(24*time.Hour) {
				t.Fatalf("%q %q: after %v from %v to %v, %t", expression, duration, after, opens, closes, ok)
			}
			if after != now && opens.Sub(after) < leastHours*time.Hour {
				t.Fatalf("%q: %v and %v are too near", expression, after, opens)
			}
			after = opens
		}
	})
}

func FuzzCredentials(f *testing.F) {
	for _, s := range []string{`{"engine":"postgres","host":"db","username":"u","password":"p","port":"5432"}`, `{"engine":"mysql","host":"127.0.0.1","username":"u","password":"p","ssl":false,"port":3306,"x":[1]}`, `[]`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseCredentials(Text(bytes.Clone(raw)))
		if err != nil {
			return
		}
		v, err := c.with("other", opaque.New([]byte(`n"\w`)))
		if err != nil {
			t.Fatal(err)
		}
		d, err := parseCredentials(v)
		if err != nil || d.username != "other" || string(d.password.Reveal()) != `n"\w` || !d.sameServer(c) || d.tls != c.tls || d.database != c.database || len(d.fields) != len(c.fields) {
			t.Errorf("%s became %s: %v", raw, v.Reveal(), err)
		}
		if !c.tls && !c.loopback() && !strings.Contains(strings.ToLower(string(c.fields["ssl"])), "false") {
			t.Errorf("%s goes over the network in the clear", raw)
		}
	})
}

func FuzzCursor(f *testing.F) {
	c := cursorOf("list", "us-east-1")
	f.Add(c.close(position{5, "abc"}))
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := c.open(token)
		if err == nil && token != "" && c.close(p) != token {
			t.Errorf("%q is also %q", token, c.close(p))
		}
		if _, err := cursorOf("list", "eu-west-1").open(token); err == nil && token != "" {
			t.Errorf("%q opens in another list", token)
		}
	})
}

func FuzzSplitGrant(f *testing.F) {
	f.Add("GRANT SELECT, INSERT (`a TO b`) ON `x``y`.* TO `u`@`%` REQUIRE SSL WITH GRANT OPTION")
	f.Add("GRANT USAGE ON *.* TO `u`@`h` IDENTIFIED BY PASSWORD '*AB'")
	f.Add("SET DEFAULT ROLE `r` FOR `u`@`h`")
	f.Fuzz(func(t *testing.T, line string) {
		what, options, ok := splitGrant(line)
		if !ok {
			return
		}
		if !strings.HasPrefix(line, what) || !(strings.HasSuffix(what, " TO") || strings.HasSuffix(what, " FOR")) {
			t.Errorf("%q: %q", line, what)
		}
		if options != "" && options != " WITH GRANT OPTION" && options != " WITH ADMIN OPTION" {
			t.Errorf("%q: %q", line, options)
		}
		if _, closed := bareWords(what); !closed {
			t.Errorf("%q leaves a quote open: %q", line, what)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	key := opaque.New(bytes.Repeat([]byte{7}, 32))
	p := place{arn: "arn", version: "v"}
	good, err := sealValue(key, [envelopeNonce]byte{1}, p, []byte("wrapped"), Text([]byte("value")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, sealed []byte) {
		v, err := openValue(key, p, textValue, sealed)
		if err == nil && !bytes.Equal(sealed, good) {
			t.Errorf("%x opens as %x", sealed, v.Reveal())
		}
	})
}

func TestGrantsAreCut(t *testing.T) {
	for line, want := range map[string]string{
		"GRANT SELECT ON `a TO b`.* TO `u`@`%`":                                            "GRANT SELECT ON `a TO b`.* TO|",
		"GRANT USAGE ON *.* TO `u`@`h` IDENTIFIED BY PASSWORD '*A TO B' WITH GRANT OPTION": "GRANT USAGE ON *.* TO| WITH GRANT OPTION",
		"GRANT `role` TO `u`@`h` WITH ADMIN OPTION":                                        "GRANT `role` TO| WITH ADMIN OPTION",
		"SET DEFAULT ROLE `r` FOR `u`@`h`":                                                 "SET DEFAULT ROLE `r` FOR|",
		"GRANT SELECT ON `a``TO`.* TO `u WITH GRANT OPTION`@`h`":                           "GRANT SELECT ON `a``TO`.* TO|",
		"REVOKE SELECT ON *.* FROM `u`@`h`":                                                "",
		"GRANT SELECT ON `a.* TO u":                                                        "",
	} {
		what, options, ok := splitGrant(line)
		if got := what + "|" + options; ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %t", line, got, ok)
		}
	}
}

// Every bit of a sealed value counts, and so do its place and kind.
func TestEnvelopeIsBoundToItsPlace(t *testing.T) {
	key := opaque.New(bytes.Repeat([]byte{7}, 32))
	p := place{arn: "arn", version: "v"}
	sealed, err := sealValue(key, [envelopeNonce]byte{1}, p, []byte("wrapped"), Text([]byte("value")))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := openValue(key, p, textValue, bad); err == nil {
			t.Errorf("bit %d may be turned", i)
		}
	}
	for _, other := range []place{{arn: "arx", version: "v"}, {arn: "arn", version: "w"}, {arn: "ar", version: "nv"}} {
		if _, err := openValue(key, other, textValue, sealed); err == nil {
			t.Errorf("it opens at %v", other)
		}
	}
	if _, err := openValue(key, p, binaryValue, sealed); err == nil {
		t.Error("it opens as another kind")
	}
}
