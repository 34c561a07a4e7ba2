package secrets

import "strings"

// splitGrant cuts a line of SHOW GRANTS before the account that it is for: what is granted with the word
// before the account, and the options behind it. Names are quoted in such lines, so that a name cannot
// pass for a word of SQL. Passwords and what else follows the account are left out.
func splitGrant(line string) (what, options string, ok bool) {
	word := "TO"
	switch {
	case strings.HasPrefix(line, "GRANT "):
	case strings.HasPrefix(line, "SET DEFAULT ROLE "):
		word = "FOR"
	default:
		return "", "", false
	}
	words, closed := bareWords(line)
	if !closed {
		return "", "", false
	}
	cut := -1
	for i, w := range words {
		if w.text == word {
			cut = i
		}
	}
	if cut < 0 {
		return "", "", false
	}
	for i, w := range words[cut+1:] {
		behind := words[cut+1+i:]
		if w.text == "WITH" && len(behind) >= 3 && behind[2].text == "OPTION" && (behind[1].text == "GRANT" || behind[1].text == "ADMIN") {
			options = " WITH " + behind[1].text + " OPTION"
		}
	}
	return line[:words[cut].end], options, true
}

// bareWord is a word outside quotes.
type bareWord struct {
	text string
	end  int
}

// bareWords finds the words of a statement that stand outside quotes, between spaces. closed is false
// when a quote is open at the end.
func bareWords(line string) (words []bareWord, closed bool) {
	begin := 0
	var quote byte
	bare := true // nothing of the word so far was quoted
	for i := 0; i <= len(line); i++ {
		switch {
		case i == len(line) || quote == 0 && line[i] == ' ':
			if i > begin && bare {
				words = append(words, bareWord{line[begin:i], i})
			}
			begin, bare = i+1, true
		case quote == 0 && strings.IndexByte("'\"`", line[i]) >= 0:
			quote, bare = line[i], false
		case quote != 0 && line[i] == '\\' && quote != '`':
			return nil, false // what it escapes depends on the server's mode
		case line[i] == quote:
			quote = 0 // a doubled quote opens it again
		}
	}
	return words, quote == 0
}

// mysqlAccount quotes an account. Backquotes mean names in every mode of the server.
func mysqlAccount(user, host string) string {
	quote := func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
	return quote(user) + "@" + quote(host)
}
