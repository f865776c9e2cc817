package brokertest

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"
)

// VHost is one test's own corner of a node, so that tests share the node and still run in parallel.
type VHost struct {
	Node *Node
	Name string
}

// VHost makes a vhost with a name of its own. It ends with the test.
func (n *Node) VHost(tb testing.TB) VHost {
	tb.Helper()
	v := VHost{Node: n, Name: "test-" + rand.Text()[:10]}
	n.create(tb, "/api/vhosts/"+v.Name, struct{}{})
	n.grant(tb, v.Name, n.options.user, ".*", ".*", ".*")
	return v
}

// URL is the vhost's AMQP address as the node's administrator.
func (v VHost) URL() string { return v.Node.url(v.Node.options.user, v.Node.options.password, v.Name) }

// User makes a user with rights in this vhost and returns the AMQP address as that user. The user ends with the test;
// users belong to the whole node, so tests that run in parallel name theirs differently. tags is a list with commas
// ("management", "monitoring,policymaker") or empty; configure, write and read are RabbitMQ's three patterns.
func (v VHost) User(tb testing.TB, name, password, tags, configure, write, read string) string {
	tb.Helper()
	v.Node.create(tb, "/api/users/"+url.PathEscape(name), map[string]string{"password": password, "tags": tags})
	v.Node.grant(tb, v.Name, name, configure, write, read)
	return v.Node.url(name, password, v.Name)
}

// User makes a user with rights in the vhost "/"; see VHost.User.
func (n *Node) User(tb testing.TB, name, password, tags, configure, write, read string) string {
	tb.Helper()
	return VHost{Node: n, Name: "/"}.User(tb, name, password, tags, configure, write, read)
}

// create puts a thing that the end of the test deletes.
func (n *Node) create(tb testing.TB, path string, body any) {
	tb.Helper()
	management := n.Management()
	management.Call(tb, http.MethodPut, path, body, nil)
	tb.Cleanup(func() {
		// The test's context has ended, and its node may be down by its own doing: then there is nothing to delete.
		_, _, _ = management.Do(context.Background(), http.MethodDelete, path, nil)
	})
}

func (n *Node) grant(tb testing.TB, vhost, user, configure, write, read string) {
	tb.Helper()
	path := "/api/permissions/" + url.PathEscape(vhost) + "/" + url.PathEscape(user)
	rights := map[string]string{"configure": configure, "write": write, "read": read}
	n.Management().Call(tb, http.MethodPut, path, rights, nil)
}
