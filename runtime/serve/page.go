package serve

import (
	"embed"
	"html/template"
	"net/http"
)

// files is the page.
//
//go:embed page
var files embed.FS

var index = template.Must(template.ParseFS(files, "page/index.html"))

// pagePolicy lets the page load nothing from elsewhere; blob: is the image that it shows.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Server) pageRoutes(on func(method, path string, handle func(http.ResponseWriter, *http.Request) error)) {
	on("GET", "/{$}", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		return index.Execute(w, map[string]any{"Name": s.Name, "Classes": s.Classes, "Input": s.Input, "MaxBody": s.MaxBody})
	})
	for _, name := range []string{"serve.css", "serve.js"} {
		on("GET", "/"+name, func(w http.ResponseWriter, r *http.Request) error {
			http.ServeFileFS(w, r, files, "page/"+name)
			return nil
		})
	}
}
