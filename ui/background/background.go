// Package background answers the question whether the terminal is dark before bubbletea asks the terminal itself.
//
// bubbletea's init sends a colour query and waits up to five seconds for the answer, which a pipe, a recorder or a bare
// pty never gives. Go initialises ready packages in the order of their import paths, and this one sorts before
// github.com/charmbracelet/bubbletea; lipgloss then takes the answer from here. The console picks its theme by itself.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
