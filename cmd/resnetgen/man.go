//go:build man

package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/resnetgen/resnetgen/gen"
)

// Man writes man pages. Releases have them, made by a build with the tag man: what writes them is
// no part of other builds.
func init() { extraCommands = append(extraCommands, manCommand) }

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR DATE",
		Short:  "Write the man pages of all commands into a folder, with a date as 2006-01-02",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			date, err := time.Parse(time.DateOnly, args[1])
			if err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{
				Title: "RESNETGEN", Section: "1", Date: &date, Source: "resnetgen " + gen.Version, Manual: "resnetgen",
			}, args[0])
		},
	}
}
