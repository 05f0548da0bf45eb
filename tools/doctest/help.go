package doctest

import (
	"strings"
)

// Help is what is tested of a command's help text.
type Help struct {
	Commands []string // the names of its subcommands, but for those that cobra adds to all programs
	Examples string   // its examples: a shell script, "" if there are none
}

// ParseHelp reads a help text as cobra prints it.
func ParseHelp(text string) Help {
	var h Help
	for _, line := range section(text, "Available Commands:") {
		if name := strings.Fields(line)[0]; name != "help" && name != "completion" {
			h.Commands = append(h.Commands, name)
		}
	}
	for _, line := range section(text, "Examples:") {
		h.Examples += strings.TrimPrefix(line, "  ") + "\n"
	}
	return h
}

// section returns the lines between a title and the next empty line.
func section(text, title string) []string {
	_, after, found := strings.Cut("\n"+text, "\n"+title+"\n")
	if !found {
		return nil
	}
	lines, _, _ := strings.Cut(after, "\n\n")
	return strings.Split(strings.TrimRight(lines, "\n"), "\n")
}
