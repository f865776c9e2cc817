package broker

import (
	"fmt"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

// locateTries is how often the management API is asked for one connection. It counts a new one after a moment; behind a network
// that translates addresses it knows the connection by another name than ours, and never answers.
const locateTries = 4

// locate learns which node of the cluster each of our connections is on. AMQP does not tell: behind several nodes there may be
// one address. A connection stays on its node, so each is asked for once, by the name that the broker has for it.
func (m *monitor) locate() {
	for _, l := range m.c.links() {
		s := l.unlocated()
		if s == nil {
			continue
		}
		node, err := m.slow.nodeOf(s.brokerName(), connectionName(l.state.Role))
		switch {
		case node != "":
			l.locatedOn(node, s.generation)
		case err != nil && KindOf(err) != QueueMissing: // it is the API that fails, and the next one would wait as long
			return
		}
	}
}

// unlocated is the live session when its node is not known and may yet be; each call is one of its tries.
func (l *link) unlocated() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.current
	if s == nil || l.state.Node.Known() || s.sought >= locateTries {
		return nil
	}
	s.sought++
	return s
}

// locatedOn notes the node of one generation's connection.
func (l *link) locatedOn(node string, generation uint64) {
	l.set(func(s *LinkState) {
		if s.Status == LinkUp && s.Generation == generation { // otherwise it was lost meanwhile
			s.Node = Figure[string]{node, time.Now(), "api"}
		}
	})
}

// brokerName is what RabbitMQ calls the connection, as far as the addresses at both ends are the same at either.
func (s *session) brokerName() string {
	return fmt.Sprintf("%s -> %s", s.socket.LocalAddr(), s.socket.RemoteAddr())
}

// nodeOf asks which node a connection is on; "" when none has this name, or it does not call itself as ours do: then it is
// another program's, between the same addresses as seen from the broker.
func (m *management) nodeOf(connection, says string) (string, error) {
	var (
		answer connectionAnswer
		row    FleetRow
	)
	err := m.ask(&answer, func(c *rabbithole.Client) error {
		_, err := c.GetConnection(connection)
		return err
	})
	if err != nil {
		return "", err
	}
	if answer.fill(&row); row.Client != Plain(says) {
		return "", nil
	}
	return row.Node, nil
}
