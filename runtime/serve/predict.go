package serve

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/internal/budget"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// predictResponse is what POST /predict answers.
type predictResponse struct {
	Model   string                `json:"model"`
	Version string                `json:"version"`
	Resized bool                  `json:"resized"`
	Guesses []classify.Prediction `json:"guesses"`
}

// defaultTop is how many classes are answered unless ?top= says otherwise.
const defaultTop = 5

// predict answers the class of an image: the body, or the first file of a form.
func (s *Server) predict(w http.ResponseWriter, r *http.Request) error {
	top := defaultTop
	if text := r.URL.Query().Get("top"); text != "" {
		var err error
		if top, err = strconv.Atoi(text); err != nil || top < 1 {
			return refuse(http.StatusBadRequest, "top: got %s, want 1 or more", echo(text))
		}
	}
	if channels := s.Input[2]; channels != 1 && channels != 3 {
		return refuse(http.StatusBadRequest, "predict: got a network of %d channels, want 1 or 3", channels)
	}
	arrived := s.batcher.expect()
	defer arrived()
	content, body, err := s.readImage(w, r)
	if err != nil {
		return err
	}
	defer body.Release()
	j, resized, err := s.decode(r.Context(), content)
	if err != nil {
		return err
	}
	defer j.release()
	body.Release()
	arrived()
	if err := s.batcher.submit(r.Context(), j); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, predictResponse{s.Name, j.by.name, resized, classify.Top(j.logits, j.by.Classes, top)})
	return nil
}

// readImage reads the image file of a request.
func (s *Server) readImage(w http.ResponseWriter, r *http.Request) (content []byte, claim *budget.Claim, err error) {
	in, err := s.checkBody(w, r)
	if err != nil {
		return nil, nil, err
	}
	kind, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		content, claim, err = s.formFile(r, multipart.NewReader(in, parameters["boundary"]))
	} else {
		content, claim, err = s.content(r, in)
	}
	if err == nil && len(content) == 0 {
		err = refuse(http.StatusBadRequest, "body: got nothing, want an image")
	}
	if err != nil {
		claim.Release()
		return nil, nil, err
	}
	return content, claim, nil
}

// maxParts is how many fields a form may have before its file.
const maxParts = 100

// formFile reads the first file of a form.
func (s *Server) formFile(r *http.Request, form *multipart.Reader) ([]byte, *budget.Claim, error) {
	for range maxParts {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil, refuse(http.StatusBadRequest, "body: got a form without a file, want one")
		}
		if err != nil {
			return nil, nil, s.badBody(err)
		}
		if part.FileName() == "" {
			continue
		}
		content, claim, err := s.content(r, part)
		if err != nil {
			return nil, nil, err
		}
		if _, err = form.NextPart(); err != nil && !errors.Is(err, io.EOF) { // a form that is cut off in its file has no end
			claim.Release()
			return nil, nil, s.badBody(err)
		}
		return content, claim, nil
	}
	return nil, nil, refuse(http.StatusRequestEntityTooLarge, "body: got a form of more than %d fields before a file, want fewer", maxParts)
}

// decode makes a job of an image file: [height][width][channels], standardized.
func (s *Server) decode(ctx context.Context, content []byte) (j *job, resized bool, err error) {
	in := bytes.NewReader(content)
	header, err := preprocess.ReadHeader(in)
	if err != nil {
		return nil, false, badImage(err)
	}
	work := header.Work + preprocess.FitWork(header, s.Input, s.Preprocess)
	if most := int64(decodeSpeed * s.Timeout.Seconds()); work > most {
		return nil, false, refuse(http.StatusUnprocessableEntity, "image: got %d×%d pixels whose decoding computes %d, want at most %d in %v (--timeout)",
			header.Width, header.Height, work, most, s.Timeout)
	}
	own := int64(s.elements()) * (bytesOfByte + bytesOfFloat)
	memory := header.Memory + preprocess.FitMemory(header, s.Input, s.Preprocess) + own
	claim, err := s.memory.Claim(ctx, budget.Work, memory)
	var large *budget.TooLargeError
	if errors.As(err, &large) {
		return nil, false, refuse(http.StatusRequestEntityTooLarge, "image: got %d×%d pixels whose decoding takes %d bytes, want at most %d (--max-memory)",
			header.Width, header.Height, large.Bytes, large.Limit)
	}
	if err != nil {
		return nil, false, err
	}
	values, resized, err := s.pixels(ctx, in, work, memory > budget.SmallWork)
	if err != nil {
		claim.Release()
		return nil, false, err
	}
	j = newJob(1, claim)
	j.images = make([]float32, s.elements())
	s.Standardizer.Standardize(j.images, values)
	claim.Shrink(own)
	return j, resized, nil
}

// decodeSpeed is how many pixels a second are decoded at least, on a core of ten years ago.
const decodeSpeed = 20e6

// The bytes of a value.
const (
	bytesOfByte  = 1
	bytesOfFloat = 4
)

// pixels decodes an image and makes it fit the network.
func (s *Server) pixels(ctx context.Context, in io.ReadSeeker, work int64, large bool) (values []byte, resized bool, err error) {
	done, err := s.place(ctx, large)
	if err != nil {
		return nil, false, err
	}
	defer done()
	if deadline, ok := ctx.Deadline(); ok && float64(work) > decodeSpeed*time.Until(deadline).Seconds() {
		return nil, false, budget.ErrBusy // a decoder that has begun does not always end at once
	}
	decoded, err := preprocess.Decode(ctx, in)
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if err != nil {
		return nil, false, badImage(err)
	}
	return preprocess.NewFitter(s.Input, s.Preprocess).FitContext(ctx, decoded)
}

// place waits for a place to decode, which is taken until done is called. Small images and tensors
// have places of their own, so that large ones cannot keep them waiting.
func (s *Server) place(ctx context.Context, large bool) (done func(), err error) {
	places := s.decoding[0]
	if large {
		places = s.decoding[1]
	}
	if err := places.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { places.Release(1) }, nil
}

func badImage(err error) error {
	if errors.Is(err, image.ErrFormat) {
		return refuse(http.StatusUnsupportedMediaType, "body: %w", err)
	}
	return refuse(http.StatusBadRequest, "body: %w", err)
}
