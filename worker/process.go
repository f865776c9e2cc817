package worker

import (
	"os"
	"os/exec"
	"sync"
	"time"
)

// pipePatience is how long the outputs of a command that has ended are still read, when a process that left its group holds
// them open.
const pipePatience = time.Second

// process is a command that runs, with all that it starts: where the system has groups of processes, in one of its own. When
// the command ends, so does whatever is left of its group. A process that has left the group is not found any more.
type process struct {
	cmd   *exec.Cmd
	state *os.ProcessState // set before ended is closed; nil: the system could not tell
	ended chan struct{}    // closed once the command is reaped, its group is gone and its outputs are read to their end

	mu       sync.Mutex // guards what follows, so that no signal goes to whoever is given the group's number next
	group    group
	stopping bool // it was told to end
	killed   bool
	gone     bool // nobody is left to be told
}

// start starts the command. Somebody has to wait for ended, whose closing may need a stop.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.WaitDelay = pipePatience
	cmd.SysProcAttr = ownGroup()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.group = groupOf(cmd.Process)
	go p.reap()
	return p, nil
}

// reap waits for the command, then for its group, which it ends.
func (p *process) reap() {
	defer close(p.ended)
	p.state, _ = p.cmd.Process.Wait()
	for p.mayFinish() && p.group.alive() {
		time.Sleep(groupPoll)
	}
	p.mu.Lock()
	p.group.kill()
	p.group.close()
	p.gone = true
	p.mu.Unlock()
	_ = p.cmd.Wait() // how the command ended is known; this reads its outputs to their end
}

// groupPoll is how often a group is looked at that was told to end, when its first process has.
const groupPoll = 10 * time.Millisecond

// mayFinish reports whether the group has been told to end, and has not yet been killed.
func (p *process) mayFinish() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopping && !p.killed
}

// stop tells the command and its group to end, kills them when they have not after grace, and returns when they have. It
// reports whether there was anything to stop. It may be called again, and from any goroutine.
func (p *process) stop(grace time.Duration) bool {
	if !p.tell(false) {
		<-p.ended
		return false
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		p.tell(true)
		<-p.ended
	}
	return true
}

// tell asks the group to end, or kills it. It reports false when the command has ended.
func (p *process) tell(kill bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return false
	}
	p.stopping = true
	if kill {
		p.killed = true
		p.group.kill()
	} else {
		p.group.terminate()
	}
	return true
}
