package ui

import (
	"fmt"
	"time"

	"carousel/broker"
)

// The rules of the links. A link that this console does not need is not looked at, and of several the one is named that
// the screen depends on most.

var refusedRule = rule{
	name: "refused", asks: "the broker turns a connection away",
	ask: func(s *scene) (verdict, bool) {
		l := s.linkWhere(refusedLink)
		if l == nil {
			return verdict{}, false
		}
		text := "The broker refused the connection."
		if l.Err != nil {
			text = sentence(l.Err.Error())
		}
		return verdict{levelAlarm, "refused", text + s.keyHint("r tries again")}, true
	},
	why: func(s *scene) reading {
		l := s.linkWhere(refusedLink)
		return reading{
			seen: fmt.Sprintf("The %s connection to %s was turned away %s ago.", l.Role, orUnknown(l.Address), s.ago(l.Since)),
			how: "The broker answered, and said no: to the login, the vhost or the certificate. The same again would be refused again, " +
				"so it is not tried by itself.",
			todo: "Mend what the line names, in the URL, the password file or the broker, then r tries again.",
		}
	},
}

var linkDownRule = rule{
	name: "link down", asks: "a connection was lost, or cannot be made",
	ask: func(s *scene) (verdict, bool) {
		l := s.linkWhere(downLink)
		if l == nil {
			return verdict{}, false
		}
		what, why := "Down", "" // the link that the screen depends on needs no name
		if l.Role != broker.RoleWatch {
			what = fmt.Sprintf("The %s link is down", l.Role)
		}
		if l.Err != nil {
			why = ": " + l.Err.Error()
		}
		return verdict{levelAlarm, "link down", what + " for " + s.ago(l.Since) + why + s.nextTry(l) + "."}, true
	},
	why: func(s *scene) reading {
		l := s.linkWhere(downLink)
		r := reading{
			seen: fmt.Sprintf("The %s connection to %s is down for %s, the others: %s.", l.Role, orUnknown(l.Address), s.ago(l.Since), s.otherLinks(l)),
			how: "Tasks that were in hand on a lost connection go back to the queue by themselves and run again; none is lost. " +
				"It is dialled again and again, each time after a longer wait.",
			todo: "See whether the broker runs and can be reached; r tries at once.",
		}
		if l.Generation > 0 {
			r.seen = sentence(r.seen[:len(r.seen)-1] + "; it had been up before")
		}
		return r
	},
}

var connectingRule = rule{
	name: "connecting", asks: "the first connection is being made",
	ask: func(s *scene) (verdict, bool) {
		l := s.linkWhere(firstLink)
		if l == nil {
			return verdict{}, false
		}
		return verdict{levelNote, "connecting", "Connecting to the broker, for " + s.ago(l.Since) + "."}, true
	},
	why: func(s *scene) reading {
		l := s.linkWhere(firstLink)
		return reading{
			seen: fmt.Sprintf("The %s connection is being made for the first time, for %s.", l.Role, s.ago(l.Since)),
			how:  "Nothing has failed yet: the broker has neither answered nor turned it away.",
			todo: "Wait; when it takes long, see whether the address is right and a firewall swallows the packets.",
		}
	},
}

var closedRule = rule{
	name: "closed", asks: "carousel has closed its connections",
	ask: func(s *scene) (verdict, bool) {
		if s.linkWhere(closedLink) == nil {
			return verdict{}, false
		}
		return verdict{levelNote, "closed", "The connections are closed."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "The connections are closed by carousel itself.",
			how:  "That happens when the program ends.",
			todo: "Start it anew to go on.",
		}
	},
}

func refusedLink(l *broker.LinkState) bool { return l.Status == broker.LinkRefused }
func closedLink(l *broker.LinkState) bool  { return l.Status == broker.LinkClosed }

func downLink(l *broker.LinkState) bool {
	return l.Status == broker.LinkConnecting && (l.Err != nil || l.Generation > 0)
}

func firstLink(l *broker.LinkState) bool {
	return l.Status == broker.LinkConnecting && l.Err == nil && l.Generation == 0
}

// roleWeights say how much the screen depends on the link of a role.
var roleWeights = map[broker.Role]int{broker.RoleWatch: 3, broker.RoleWork: 2, broker.RolePublish: 1}

// linkWhere is the link of which is holds that the screen depends on most; nil when there is none.
func (s *scene) linkWhere(is func(*broker.LinkState) bool) (found *broker.LinkState) {
	for i := range s.links {
		l := &s.links[i]
		if l.Role == broker.RoleWork && !s.hasPool || !is(l) {
			continue
		}
		if found == nil || roleWeights[l.Role] > roleWeights[found.Role] {
			found = l
		}
	}
	return found
}

// otherLinks says how the links beside one are.
func (s *scene) otherLinks(but *broker.LinkState) string {
	text := ""
	for i := range s.links {
		if l := &s.links[i]; l.Role != but.Role {
			text += fmt.Sprintf(", %s %s", l.Role, l.Status)
		}
	}
	if text == "" {
		return "there are none"
	}
	return text[2:]
}

func (s *scene) nextTry(l *broker.LinkState) string {
	if l.NextTry.IsZero() || !l.NextTry.After(s.now) {
		return " · trying now"
	}
	return " · next try in " + span(l.NextTry.Sub(s.now).Round(100*time.Millisecond))
}
