// Package brokertest gives tests a real RabbitMQ: private nodes on loopback that end with the test, a relay that makes
// the link to one bad, another program at the same queue, and the scenarios that every broker carousel works with
// must pass.
//
// A node takes about four seconds and 130 MB. Tests share one where they can, each in a vhost of its own:
//
//	func TestMain(m *testing.M) { os.Exit(brokertest.StopAfter(m).Run()) }
//
//	func TestPublish(t *testing.T) {
//		t.Parallel()
//		vhost := brokertest.Shared(t).VHost(t)
//		… dial vhost.URL()
//	}
//
// Tests that stop, freeze or starve the broker Start their own.
package brokertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The ports of a node's run.
const (
	portAMQP = iota
	portManagement
	portDistribution
	portEPMD
	portTLS
	portManagementTLS
)

const (
	startPatience = 90 * time.Second // a cold start beside four other test binaries on two cores
	stopPatience  = 30 * time.Second // a clean stop takes 6 s on an idle machine
	ctlPatience   = 30 * time.Second // a call takes 0.5 s
)

// Option changes a node before it starts.
type Option func(*options)

type options struct {
	config         []string
	advanced       []string
	plugins        []string
	user, password string
	member         member
	tls            *tlsFiles
}

// WithConfig adds lines to the end of the node's rabbitmq.conf; the last line for a key counts.
func WithConfig(lines ...string) Option {
	return func(o *options) { o.config = append(o.config, lines...) }
}

// WithAdvanced adds what rabbitmq.conf has no key for, in Erlang: "{rabbit, [{consumer_timeout, 1000}]}".
func WithAdvanced(terms ...string) Option {
	return func(o *options) { o.advanced = append(o.advanced, terms...) }
}

// WithPlugins enables plugins beside the management plugin, such as "rabbitmq_shovel".
func WithPlugins(names ...string) Option {
	return func(o *options) { o.plugins = append(o.plugins, names...) }
}

// WithAdministrator replaces guest as the user that the node is made with, and that its URLs name.
func WithAdministrator(name, password string) Option {
	return func(o *options) { o.user, o.password = name, password }
}

// Node is a private RabbitMQ. Its methods may be called from any goroutine.
type Node struct {
	install install
	options options
	ports   ports
	dir     string   // as this process sees it
	lock    *os.File // keeps other test binaries from sweeping dir

	mu     sync.Mutex // guards what follows, and makes starting and stopping take turns
	epmd   *process
	server *process
}

// Start starts a node and returns when it serves AMQP and its management API; the node ends with the test. Without a
// RabbitMQ on this machine the test is skipped, or fails where CI or CAROUSEL_REQUIRE_RABBITMQ is set.
func Start(tb testing.TB, opts ...Option) *Node {
	tb.Helper()
	n, err := start(opts...)
	require(tb, err)
	tb.Cleanup(n.close)
	return n
}

// require turns the reason why there is no node into the end of the test.
func require(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errUnavailable) && os.Getenv("CI") == "" && os.Getenv(envRequire) == "":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}

func start(opts ...Option) (*Node, error) {
	n, err := newNode(optionsOf(opts))
	if err != nil {
		return nil, err
	}
	if err = n.furnish(); err == nil {
		err = n.Restart()
	}
	if err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func optionsOf(opts []Option) options {
	o := options{plugins: []string{"rabbitmq_management"}, user: "guest", password: "guest", member: member{name: "rabbit"}}
	for _, set := range opts {
		set(&o)
	}
	return o
}

// newNode takes ports and a folder for a node, and starts nothing.
func newNode(o options) (n *Node, err error) {
	n = &Node{options: o}
	if n.install, err = findInstall(); err != nil {
		return nil, err
	}
	if n.ports, err = reservePorts(); err != nil {
		return nil, err
	}
	if n.dir, n.lock, err = newFolder(n.install.root); err != nil {
		n.ports.release()
		return nil, err
	}
	return n, nil
}

// close kills the node and removes everything it wrote.
func (n *Node) close() {
	n.Kill()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.epmd != nil {
		n.epmd.kill()
	}
	_ = os.RemoveAll(n.dir) // what stays is swept by a later run
	n.lock.Close()
	n.ports.release()
}

// URL is the node's AMQP address as its administrator, in the vhost "/".
func (n *Node) URL() string { return n.url(n.options.user, n.options.password, "/") }

func (n *Node) url(user, password, vhost string) string {
	return fmt.Sprintf("amqp://%s@%s/%s", url.UserPassword(user, password), n.AMQPAddress(), url.PathEscape(vhost))
}

// AMQPAddress is host:port of the node's AMQP listener.
func (n *Node) AMQPAddress() string { return loopback(n.ports.at(portAMQP)) }

// ManagementURL is the address of the node's management API, without a user.
func (n *Node) ManagementURL() string { return "http://" + loopback(n.ports.at(portManagement)) }

// Management is a client of the node's management API as its administrator.
func (n *Node) Management() *Management {
	return NewManagement(n.ManagementURL(), n.options.user, n.options.password)
}

// Restart starts the node again on its old data and ports after Kill or Stop, and returns when it serves. A node of a
// cluster joins the others again; when all were down, they come up only together, each waiting for the rest.
func (n *Node) Restart() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil && n.server.running() {
		return errors.New("the node is running; kill or stop it first")
	}
	if err := n.startEPMD(); err != nil {
		return err
	}
	server, err := n.run("server", filepath.Join(n.inside(), "rabbitmq", "sbin", "rabbitmq-server"))
	if err != nil {
		return fmt.Errorf("start RabbitMQ: %w", err)
	}
	n.server = server
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	if err := n.await(ctx, server); err != nil {
		server.kill()
		return fmt.Errorf("RabbitMQ did not come up: %w\n%s", err, n.logTail())
	}
	return nil
}

func (n *Node) startEPMD() error {
	if n.options.member.first != nil || n.epmd != nil && n.epmd.running() {
		return nil
	}
	epmd, err := n.run("epmd", n.install.epmd, "-address", "127.0.0.1", "-port", fmt.Sprint(n.portOfEPMD()))
	if err != nil {
		return fmt.Errorf("start epmd: %w", err)
	}
	n.epmd = epmd
	return nil
}

// run starts one of the node's programs with its output in the node's folder.
func (n *Node) run(name, program string, args ...string) (*process, error) {
	output, err := os.OpenFile(n.logFile(name+".out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = n.inside(), n.environment()
	cmd.Stdout, cmd.Stderr = output, output
	return startProcess(cmd, n.install.root)
}

// Flush writes what the node knows (queues, users, vhosts) to its disk. RabbitMQ's database does so up to two seconds
// after it has said that a queue is declared, and a crash before that loses the queue with every confirmed message in it.
func (n *Node) Flush() error {
	_, err := n.Ctl("eval", "case mnesia:system_info(is_running) of yes -> mnesia:sync_log(); _ -> ok end.")
	return err
}

// Kill ends the node as a crash would, with SIGKILL, and returns when it is gone. Its data stays for Restart.
func (n *Node) Kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil {
		n.server.kill()
	}
}

// Stop shuts the node down in order, which takes about 6 s. Its data stays for Restart.
func (n *Node) Stop() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.server.terminate(stopPatience)
}

// Freeze halts the node with SIGSTOP: its sockets stay open and nothing answers, until Thaw.
func (n *Node) Freeze() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.server.freeze()
}

// Thaw lets a frozen node go on.
func (n *Node) Thaw() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.server.thaw()
}

// Ctl runs rabbitmqctl against the node and returns what it printed. A call takes half a second: use Management for
// what the API can do.
func (n *Node) Ctl(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), ctlPatience)
	defer cancel()
	out, err := n.ctl(ctx, args...)
	if err != nil {
		return out, fmt.Errorf("rabbitmqctl %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return out, nil
}
