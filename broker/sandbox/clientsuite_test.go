//go:build clientsuite

package sandbox_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carousel/broker/sandbox"
)

// TestClientSuite runs the Go client's own integration tests against the sandbox, from the module cache, and wants each
// of them to pass. Its recovery tests are left out: they drop connections through the management API at port 15672.
func TestClientSuite(t *testing.T) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/rabbitmq/amqp091-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(module))
	var names []string
	for _, file := range []string{"integration_test.go", "connection_test.go"} {
		source, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllSubmatch(source, -1) {
			if name := string(m[1]); name != "TestConnection_Close_WhenMemoryAlarmIsActive" { // it calls rabbitmqctl
				names = append(names, name)
			}
		}
	}
	if len(names) < 62 { // as many are in integration_test.go of v1.16.0
		t.Fatalf("found %d tests in %s", len(names), dir)
	}

	b := start(t, sandbox.Options{Product: "RabbitMQ"}) // some tests skip themselves for another
	suite := exec.Command("go", "test", "-count=1", "-v", "-tags", "integration",
		"-run", "^("+strings.Join(names, "|")+")$", ".")
	suite.Dir = dir
	suite.Env = append(os.Environ(), "AMQP_URL="+b.URL())
	output, err := suite.CombinedOutput()
	passed := 0
	for _, name := range names {
		if bytes.Contains(output, []byte("--- PASS: "+name+" ")) {
			passed++
		} else {
			t.Errorf("%s did not pass", name)
		}
	}
	t.Logf("%d of %d passed", passed, len(names))
	if err != nil || t.Failed() {
		t.Fatalf("%v\n%s", err, output)
	}
}
