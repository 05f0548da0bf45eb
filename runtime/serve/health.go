package serve

import (
	"net/http"
	"time"
)

// platform is the protocol's name of what makes a model's files.
const platform = "resnetgen_safetensors"

// extensions are those of the protocol that are served.
var extensions = []string{"binary_tensor_data", "model_repository"}

// tensorInfo describes an input or output; -1 is any number.
type tensorInfo struct {
	Name       string            `json:"name"`
	Datatype   string            `json:"datatype"`
	Shape      []int             `json:"shape"`
	Parameters map[string]string `json:"parameters,omitempty"`
}

func (s *Server) live(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]bool{"live": true})
	return nil
}

// ready turns to 503 when the server drains, so that whoever spreads requests sends no more.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, s.readyCode(), map[string]bool{"ready": !s.leaving.Load()})
	return nil
}

func (s *Server) readyCode() int {
	if s.leaving.Load() {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

func (s *Server) modelReady(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.named(r); err != nil {
		return err
	}
	writeJSON(w, s.readyCode(), map[string]any{"name": s.Name, "ready": !s.leaving.Load()})
	return nil
}

func (s *Server) serverMetadata(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{"name": "resnetgen", "version": "2", "extensions": extensions})
	return nil
}

func (s *Server) modelMetadata(w http.ResponseWriter, r *http.Request) error {
	v, err := s.named(r)
	if err != nil {
		return err
	}
	described := make([]tensorInfo, len(outputs))
	for k, o := range outputs {
		described[k] = tensorInfo{o.name, o.datatype, o.shape(-1, s.Classes), nil}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"name": s.Name, "versions": []string{v.name}, "platform": platform, "classes": v.Classes,
		"inputs": []tensorInfo{{
			inputName, "FP32", []int{-1, s.Input[0], s.Input[1], s.Input[2]}, map[string]string{"accepts": "UINT8"},
		}},
		"outputs": described,
	})
	return nil
}

// named returns the version that is served, if the request's path means it.
func (s *Server) named(r *http.Request) (*version, error) {
	v := s.models.now()
	if name := r.PathValue("name"); name != s.Name {
		return nil, refuse(http.StatusNotFound, "model: got %s, want %q", echo(name), s.Name)
	}
	if wanted := r.PathValue("version"); wanted != "" && wanted != v.name {
		return nil, refuse(http.StatusNotFound, "version of %s: got %s, want %q", s.Name, echo(wanted), v.name)
	}
	return v, nil
}

// index lists the models, as the model repository extension has it.
func (s *Server) index(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, []map[string]string{{"name": s.Name, "version": s.models.now().name, "state": "READY"}})
	return nil
}

// rest is how many times as long as a checkpoint was loaded no other request may have one loaded:
// requests without end leave time for others.
const rest = 3

// load loads the checkpoint again. One that is wrong is a bad request of whoever asks for it.
func (s *Server) load(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.named(r); err != nil {
		return err
	}
	if err := s.loading.Acquire(r.Context(), 1); err != nil {
		return refuse(http.StatusServiceUnavailable, "load: got too many requests, want fewer: try again later")
	}
	begun := time.Now()
	defer func() { time.AfterFunc(rest*time.Since(begun), func() { s.loading.Release(1) }) }()
	if err := s.Reload(); err != nil {
		return refuse(http.StatusBadRequest, "load: %w", err)
	}
	writeJSON(w, http.StatusOK, map[string]string{"name": s.Name, "version": s.models.now().name})
	return nil
}
