package broker

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// secret is a password.
type secret string

// hidden stands where a password stood.
const hidden = "***"

// leastSecret is the length from which a password is looked for in a text. A shorter one would be found in the midst of
// words, and what is missing from them would tell it.
const leastSecret = 4

// address finds the login of what looks like an address, such as a proxy's in a complaint about it.
var address = regexp.MustCompile(`://\S*@`)

// discreet takes the endpoint's password out of a text of the broker's, or of a library's: as it is, percent-encoded, spelled
// out, and within HTTP's basic login; and the login out of any address.
func (e Endpoint) discreet(text string) string {
	text = address.ReplaceAllString(text, "://"+hidden+"@")
	if !e.HasPassword() {
		return text
	}
	p := string(e.password)
	login := []byte(e.User + ":" + p)
	forms := []string{base64.StdEncoding.EncodeToString(login), base64.URLEncoding.EncodeToString(login)}
	if len(p) >= leastSecret && p != e.User { // the user's name is in every other sentence
		forms = append(forms, p, url.PathEscape(p), url.QueryEscape(p), url.UserPassword("", p).String()[1:], Plain(p))
	}
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, hidden)
	}
	return text
}
