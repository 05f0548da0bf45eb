package serve

import (
	"bytes"
	"errors"
	"image"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/picture"
)

// predictResponse is what POST /predict answers.
type predictResponse struct {
	Model   string           `json:"model"`
	Version string           `json:"version"`
	Resized bool             `json:"resized"`
	Guesses []classify.Guess `json:"guesses"`
}

// defaultTop is how many classes are answered unless ?top= says otherwise.
const defaultTop = 5

// predict answers what a picture shows: the body, or the first file of a form.
func (s *Server) predict(w http.ResponseWriter, r *http.Request) error {
	top := defaultTop
	if text := r.URL.Query().Get("top"); text != "" {
		var err error
		if top, err = strconv.Atoi(text); err != nil || top < 1 {
			return refuse(http.StatusBadRequest, "top: got %q, want 1 or more", text)
		}
	}
	if channels := s.Input[2]; channels != 1 && channels != 3 {
		return refuse(http.StatusBadRequest, "predict: got a network of %d channels, want 1 or 3", channels)
	}
	arrived := s.batcher.expect()
	defer arrived()
	content, err := s.picture(w, r)
	if err != nil {
		return err
	}
	j := &job{n: 1, images: make([]float32, s.elements())}
	resized, err := s.decode(r, j.images, content)
	if err != nil {
		return err
	}
	if err := s.answer(r, j, arrived); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, predictResponse{s.Name, j.by.name, resized, classify.Top(j.logits, j.by.Classes, top)})
	return nil
}

// picture reads the picture's file.
func (s *Server) picture(w http.ResponseWriter, r *http.Request) (content []byte, err error) {
	kind, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		content, err = s.whole(w, r)
	} else {
		err = s.body(w, r, func(in io.Reader) error {
			content, err = s.formFile(multipart.NewReader(in, parameters["boundary"]))
			return err
		})
	}
	if err == nil && len(content) == 0 {
		err = refuse(http.StatusBadRequest, "body: got nothing, want a picture")
	}
	return content, err
}

// formFile reads the first file of a form.
func (s *Server) formFile(form *multipart.Reader) ([]byte, error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, refuse(http.StatusBadRequest, "body: got a form without a file, want one")
		}
		if err != nil {
			return nil, s.badBody(err)
		}
		if part.FileName() == "" {
			continue
		}
		content, err := io.ReadAll(part)
		if err == nil {
			_, err = form.NextPart() // a form that is cut off in its file has no end
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, s.badBody(err)
		}
		return content, nil
	}
}

// decode makes an image of a picture's file: [height][width][channels], standardized.
func (s *Server) decode(r *http.Request, dst []float32, content []byte) (resized bool, err error) {
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-r.Context().Done():
		return false, r.Context().Err()
	}
	decoded, err := picture.Decode(r.Context(), bytes.NewReader(content))
	if errors.Is(err, image.ErrFormat) {
		return false, refuse(http.StatusUnsupportedMediaType, "body: %w", err)
	}
	if err != nil {
		return false, refuse(http.StatusBadRequest, "body: %w", err)
	}
	values, resized := picture.Fit(decoded, s.Input)
	s.Standardizer.Standardize(dst, values)
	return resized, nil
}
