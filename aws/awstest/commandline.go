package awstest

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// CommandLine runs the aws command against the server as the administrator, and returns what it prints.
// The test is skipped on a machine that does not have the command.
func (s *Server) CommandLine(args ...string) (string, error) {
	s.T.Helper()
	path, err := exec.LookPath("aws")
	if err != nil {
		s.T.Skip("the aws command is not on this machine: install the package awscli")
	}
	ctx, cancel := context.WithTimeout(s.T.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append(args, "--endpoint-url", s.URL)...)
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "AWS_") })
	cmd.Env = append(env, "AWS_ACCESS_KEY_ID="+s.Root.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+s.Root.SecretAccessKey,
		"AWS_REGION="+s.Home, "AWS_DEFAULT_REGION="+s.Home, "AWS_DEFAULT_OUTPUT=json", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
