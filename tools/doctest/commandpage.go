package doctest

import (
	"fmt"
	"strings"
)

// commandsIntro begins docs/commands.md.
const commandsIntro = `# Commands

<!-- Written by go generate ./tools/doctest from the commands' own help. -->

` + "```" + `
bin/resnetgen --help
bin/resnet20 train --help
` + "```" + `

There are two programs: the compiler, ` + "`resnetgen`" + `, and one trainer for each network. This page shows
their own help texts. ` + "`resnet20`" + ` stands for any trainer here. In a module of yours, run
` + "`go tool resnetgen`" + ` and ` + "`go run ./NAME/cmd/NAME`" + `.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | it failed, or a check found something |
| 2 | wrong input |
| 3 | ` + "`train`" + ` was stopped before its end, and can be resumed |
`

// CommandPage is docs/commands.md: the help texts of programs and of their commands. Help returns
// the help text of a program's command.
func CommandPage(help func(program string, words ...string) (string, error), programs ...string) (string, error) {
	page := &strings.Builder{}
	page.WriteString(commandsIntro)
	for _, program := range programs {
		fmt.Fprintf(page, "\n## %s\n", program)
		text, err := help(program)
		if err != nil {
			return "", err
		}
		page.WriteString("\n| command | does |\n| --- | --- |\n")
		for _, line := range section(text, "Available Commands:") {
			name, summary, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name == "help" || name == "completion" {
				continue
			}
			cell := fmt.Sprintf("[`%s`](#%s-%s)", name, program, name)
			fmt.Fprintf(page, "| %s | %s |\n", cell, strings.ReplaceAll(strings.TrimSpace(summary), "|", `\|`))
		}
		if err := writeCommands(page, help, program, ParseHelp(text).Commands); err != nil {
			return "", err
		}
	}
	return page.String(), nil
}

// writeCommands writes the help texts of commands, and of those below them.
func writeCommands(page *strings.Builder, help func(string, ...string) (string, error), program string, names []string, before ...string) error {
	for _, name := range names {
		words := append(append([]string{}, before...), name)
		text, err := help(program, words...)
		if err != nil {
			return err
		}
		fmt.Fprintf(page, "\n### %s %s\n\n```text\n%s\n```\n", program, strings.Join(words, " "), strings.TrimSpace(text))
		if err := writeCommands(page, help, program, ParseHelp(text).Commands, words...); err != nil {
			return err
		}
	}
	return nil
}
