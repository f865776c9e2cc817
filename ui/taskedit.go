package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
)

// maxEdited is how much of a body goes to an editor.
const maxEdited = 4 << 20

// editor is the command of the user's editor, as the environment has it; "" when it has none.
func editor() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := strings.TrimSpace(os.Getenv(name)); command != "" {
			return command
		}
	}
	return ""
}

func (s *tasksPlace) barEdit(a *App) string {
	if why := s.barResend(a); why != "" {
		return why
	}
	return a.barEditor(s.subject.task.Body)
}

// edit gives the subject's body to the editor, and asks about the copy that comes of it.
func (s *tasksPlace) edit(a *App, _ string) tea.Cmd {
	task := s.subject.task
	return a.openEditor(task.Body, func(body []byte, err error) tea.Cmd { return s.edited(a, task, body, err) })
}

// barEditor says why a body cannot be edited.
func (a *App) barEditor(body []byte) string {
	switch {
	case a.editing:
		return "the editor is about to open"
	case a.suspended != nil:
		return "the console is being suspended"
	case a.keyboard == nil || a.display == nil:
		return "there is no terminal to give to an editor"
	case editor() == "":
		return "neither VISUAL nor EDITOR names an editor"
	case len(body) > maxEdited:
		return "the body has " + string(appendBytes(nil, int64(len(body)))) + ", and an editor gets " +
			string(appendBytes(nil, maxEdited)) + " at most"
	case !utf8.Valid(body):
		return "the body is not text"
	}
	return ""
}

// openEditor gives the terminal and a body to the editor. The screen stands still meanwhile; the workers do not. done then gets
// what the editor left, on the program's goroutine.
func (a *App) openEditor(body []byte, done func(body []byte, err error) tea.Cmd) tea.Cmd {
	e := &editing{
		command: editor(), body: body, stop: a.o.Stop, ended: a.crew.ctx.Done(), lend: a.o.Lend,
		in: a.keyboard.File, out: a.display.File, quiet: a.display.spool.Quiet,
	}
	a.editing = true
	return tea.Exec(e, func(err error) tea.Msg { return editedMsg{done, e.edited, err} })
}

// editing is what bubbletea runs while it has let go of the terminal: the editor, on a file of the body.
type editing struct {
	command string
	body    []byte
	in, out *os.File
	quiet   func() <-chan struct{} // what was drawn has reached the terminal; nil: nothing to wait for
	lend    func(use func() error) error
	stop    <-chan struct{} // the console is to leave: the editor ends
	ended   <-chan struct{}

	edited []byte // what the editor left
}

func (*editing) SetStdin(io.Reader)  {}
func (*editing) SetStdout(io.Writer) {}
func (*editing) SetStderr(io.Writer) {}

// Run blocks until the editor has ended. Its error is a sentence.
func (e *editing) Run() (err error) {
	if e.quiet != nil {
		patience := time.NewTimer(screenPatience)
		defer patience.Stop()
		select {
		case <-e.quiet():
		case <-patience.C: // a terminal that is stuck shows an editor no better than us
		}
	}
	dir, err := os.MkdirTemp("", "carousel-") // 0700
	if err != nil {
		return fmt.Errorf("there is no place for a file to edit: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(dir); gone != nil && err == nil {
			err = fmt.Errorf("the edited file could not be removed: %w", gone)
		}
	}()
	path := filepath.Join(dir, "task"+extension(e.body))
	if err := os.WriteFile(path, e.body, 0o600); err != nil {
		return fmt.Errorf("the body cannot be written to a file for the editor: %w", err)
	}
	open := func() error { return e.open(path) }
	if e.lend != nil {
		err = e.lend(open)
	} else {
		err = open()
	}
	if err != nil {
		return err
	}
	e.edited, err = readEdited(path, e.body)
	return err
}

// editorPatience is how long an editor that was told to end may take to put the terminal in order.
const editorPatience = 2 * time.Second

// open runs the editor on a file.
func (e *editing) open(path string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with open
		select {
		case <-e.stop:
			cancel()
		case <-e.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	c := editorCommand(ctx, e.command, path)
	c.Stdin, c.Stdout, c.Stderr = e.in, e.out, e.out
	c.Cancel = func() error { return terminate(c.Process) }
	c.WaitDelay = editorPatience
	if before, err := term.GetState(e.in.Fd()); err == nil {
		defer func() { _ = term.Restore(e.in.Fd(), before) }() // or the shell would inherit what a broken editor leaves
	}
	err := c.Run()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.New("the console is leaving, so nothing is sent")
	case errors.As(err, &failed):
		return fmt.Errorf("the editor %s ended with %s, so nothing is sent", e.name(), failed)
	}
	var start *exec.Error
	if errors.As(err, &start) {
		err = start.Err
	}
	return fmt.Errorf("the editor %s cannot be started: %w", e.name(), err)
}

// name is how the editor is spoken of: without the folder that it is in.
func (e *editing) name() string {
	command, arguments, found := strings.Cut(e.command, " ")
	if command = filepath.Base(command); found {
		command += " " + arguments
	}
	return broker.Plain(command)
}

// shellSigns make a command one for a shell, as git sees it.
const shellSigns = "|&;<>()$`\\\"'*?[#~=% \t\n"

// editorCommand is an editor with its file. A plain name is started itself, and so told to end itself; anything more goes
// through the shell, as with other programs that open editors.
func editorCommand(ctx context.Context, command, path string) *exec.Cmd {
	switch {
	case runtime.GOOS == "windows":
		words := strings.Fields(command)
		return exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	case strings.ContainsAny(command, shellSigns):
		return exec.CommandContext(ctx, "sh", "-c", command+` "$@"`, command, path)
	}
	return exec.CommandContext(ctx, command, path)
}

// terminate asks a process to end in good order.
func terminate(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(syscall.SIGTERM)
}

// readEdited reads what the editor left. The line end that many editors put at the end of a file is not an edit.
func readEdited(path string, before []byte) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the editor left no file, so nothing is sent")
	}
	defer f.Close()
	after, err := io.ReadAll(io.LimitReader(f, maxEdited+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("what the editor left cannot be read: %w", err)
	case len(after) > maxEdited:
		return nil, fmt.Errorf("what the editor left is larger than %s, so nothing is sent", appendBytes(nil, maxEdited))
	}
	if !bytes.HasSuffix(before, []byte("\n")) {
		after = bytes.TrimSuffix(after, []byte("\n"))
	}
	return after, nil
}

// editedMsg tells that the terminal is ours again, and what the editor left.
type editedMsg struct {
	done func(body []byte, err error) tea.Cmd
	body []byte
	err  error
}

func (m editedMsg) tell(a *App) tea.Cmd {
	a.editing = false
	var cmd tea.Cmd
	if a.mouseOn {
		cmd = tea.EnableMouseAllMotion // bubbletea forgets it
	}
	return tea.Batch(cmd, m.done(m.body, m.err))
}

// edited asks whether what became of a task's body is to be sent.
func (s *tasksPlace) edited(a *App, task broker.Task, body []byte, err error) tea.Cmd {
	switch {
	case err != nil:
		a.say(levelAlarm, sentence(err.Error()))
		return nil
	case bytes.Equal(body, task.Body):
		a.say(levelNote, "The body was not changed, so nothing is sent.")
		return nil
	case a.barPublish() != "":
		a.say(levelWarn, "Not sent: "+a.barPublish()+".")
		return nil
	}
	copied := task
	copied.Body = body
	lines := append(a.whereabouts(), "", "What you edited goes there as a new task: "+describe(&copied)+", before "+
		string(appendBytes(nil, int64(len(task.Body))))+". It gets an id of its own, and a header that names "+shortID(task.ID)+".")
	if isJSON(task.Body) && !isJSON(body) {
		lines = append(lines, "", "The body was JSON, and is not any more.")
	}
	s.ask(a, "Send edited task", lines, copied)
	return nil
}
