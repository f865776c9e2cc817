package brokertest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// inside is the node's folder as its processes see it.
func (n *Node) inside() string { return strings.TrimPrefix(n.dir, n.install.root) }

func (n *Node) logFile(name string) string { return filepath.Join(n.dir, "log", name) }

// furnish writes everything that the node reads into its folder.
func (n *Node) furnish() error {
	for _, name := range []string{"log", "mnesia"} {
		if err := os.Mkdir(filepath.Join(n.dir, name), 0o700); err != nil {
			return err
		}
	}
	if err := n.install.link(filepath.Join(n.dir, "rabbitmq"), n.options.plugins); err != nil {
		return err
	}
	files := map[string]string{
		".erlang.cookie":    cmp.Or(n.options.member.cookie, rand.Text()),
		"enabled_plugins":   "[" + strings.Join(n.options.plugins, ",") + "].\n",
		"rabbitmq.conf":     n.config(),
		"advanced.config":   "[" + strings.Join(n.options.advanced, ",") + "].\n",
		"rabbitmq-env.conf": "", // an empty one keeps the system's from being read
	}
	if n.options.tls != nil {
		maps.Copy(files, n.options.tls.contents())
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o400); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) config() string {
	lines := []string{
		"listeners.tcp.local = " + n.AMQPAddress(),
		"management.tcp.ip = 127.0.0.1",
		fmt.Sprintf("management.tcp.port = %d", n.ports.at(portManagement)),
		"default_user = " + n.options.user,
		"default_pass = " + n.options.password,
		"default_user_tags.administrator = true",
		"log.console = false",
		"log.file = " + filepath.Join(n.inside(), "log", "rabbit.log"),
		"disk_free_limit.absolute = 50MB",
		"vm_memory_high_watermark.absolute = 1GB", // a share of the machine's would alarm on a small one
	}
	if n.install.root != "" {
		lines = append(lines, "vm_memory_calculation_strategy = allocated") // the default reads /proc, which is not there
	}
	lines = append(lines, n.discovery()...)
	if n.options.tls != nil {
		lines = append(lines, n.tlsConfig()...)
	}
	return strings.Join(append(lines, n.options.config...), "\n") + "\n"
}

// environment is all that the node's programs get: nothing of a RabbitMQ of the machine's reaches them.
func (n *Node) environment() []string {
	dir := n.inside()
	erl := "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
	return []string{
		"PATH=" + n.install.path,
		"HOME=" + dir, // where Erlang looks for the cookie
		"LC_ALL=C.UTF-8",
		"ERL_EPMD_ADDRESS=127.0.0.1",
		fmt.Sprintf("ERL_EPMD_PORT=%d", n.portOfEPMD()),
		"ERL_CRASH_DUMP_SECONDS=0", // no dump
		"RUNNING_UNDER_SYSTEMD=1",  // the script becomes the server instead of standing in between
		"RABBITMQ_SCRIPTS_DIR=" + filepath.Join(dir, "rabbitmq", "sbin"),
		"RABBITMQ_NODENAME=" + n.Name(),
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", n.ports.at(portDistribution)),
		"RABBITMQ_CONF_ENV_FILE=" + filepath.Join(dir, "rabbitmq-env.conf"),
		"RABBITMQ_CONFIG_FILE=" + filepath.Join(dir, "rabbitmq.conf"),
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + filepath.Join(dir, "advanced.config"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + filepath.Join(dir, "enabled_plugins"),
		"RABBITMQ_MNESIA_BASE=" + filepath.Join(dir, "mnesia"),
		"RABBITMQ_PLUGINS_EXPAND_DIR=" + filepath.Join(dir, "plugins-expand"),
		"RABBITMQ_GENERATED_CONFIG_DIR=" + filepath.Join(dir, "config"),
		"RABBITMQ_LOG_BASE=" + filepath.Join(dir, "log"),
		"RABBITMQ_PID_FILE=" + filepath.Join(dir, "rabbit.pid"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=" + erl + " +sbwt none +S 2:2", // idle nodes do not spin
		"RABBITMQ_CTL_ERL_ARGS=" + erl,
		"RABBITMQ_CTL_DIST_PORT_MIN=0", // any: several calls may run at once
		"RABBITMQ_CTL_DIST_PORT_MAX=0",
	}
}

// ctl runs rabbitmqctl like the server, so that it too dies with the test binary.
func (n *Node) ctl(ctx context.Context, args ...string) (string, error) {
	out, err := os.CreateTemp(filepath.Join(n.dir, "log"), "ctl-*.out")
	if err != nil {
		return "", err
	}
	defer out.Close()
	cmd := exec.Command(filepath.Join(n.inside(), "rabbitmq", "sbin", "rabbitmqctl"), args...)
	cmd.Dir, cmd.Env = n.inside(), n.environment()
	cmd.Stdout, cmd.Stderr = out, out
	p, err := startProcess(cmd, n.install.root)
	if err != nil {
		return "", err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill()
		return "", ctx.Err()
	}
	text, err := os.ReadFile(out.Name())
	if err == nil && !cmd.ProcessState.Success() {
		err = errors.New(cmd.ProcessState.String())
	}
	return string(text), err
}

// await polls until the node answers an AMQP client and the management API, or has ended.
func (n *Node) await(ctx context.Context, server *process) error {
	const interval = 50 * time.Millisecond
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := n.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-server.done:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", startPatience, err)
		}
	}
}

func (n *Node) ready(ctx context.Context) error {
	if err := greet(ctx, n.AMQPAddress()); err != nil {
		return fmt.Errorf("AMQP: %w", err)
	}
	status, answer, err := n.Management().Do(ctx, http.MethodGet, "/api/overview", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %.200s", status, answer)
	}
	if err != nil {
		return fmt.Errorf("management API: %w", err)
	}
	return nil
}

// greet sends AMQP 0-9-1's protocol header and wants a method frame, connection.start, in answer.
func greet(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	if _, err := conn.Write([]byte("AMQP\x00\x00\x09\x01")); err != nil {
		return err
	}
	const methodFrame = 1
	first := make([]byte, 1)
	if _, err := io.ReadFull(conn, first); err != nil {
		return err
	}
	if first[0] != methodFrame {
		return fmt.Errorf("the answer starts with byte %d", first[0])
	}
	return nil
}

// logTail is the end of everything that the node's programs wrote.
func (n *Node) logTail() string {
	const size = 3000
	var tail strings.Builder
	for _, name := range []string{"epmd.out", "server.out", "rabbit.log"} {
		text, err := os.ReadFile(n.logFile(name))
		if err != nil || len(bytes.TrimSpace(text)) == 0 {
			continue // it did not come to that
		}
		fmt.Fprintf(&tail, "--- %s\n%s\n", name, text[max(0, len(text)-size):])
	}
	return tail.String()
}
