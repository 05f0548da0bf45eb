package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// randomBatch returns the safetensors file of a batch of ten images of a size, [10, height, width,
// channels], and their labels.
func randomBatch(size [3]int) []byte {
	const images = 10
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, images*size[0]*size[1]*size[2])
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	labels := make([]int64, images)
	for i := range labels {
		labels[i] = int64(i)
	}
	header := fmt.Sprintf(`{"images":{"dtype":"F32","shape":[%d,%d,%d,%d],"data_offsets":[0,%d]},"labels":{"dtype":"I64","shape":[%d],"data_offsets":[%d,%d]}}`,
		images, size[0], size[1], size[2], 4*len(values), images, 4*len(values), 4*len(values)+8*images)
	var data bytes.Buffer
	for _, part := range []any{uint64(len(header)), []byte(header), values, labels} {
		_ = binary.Write(&data, binary.LittleEndian, part) // into memory
	}
	return data.Bytes()
}

// writeCIFAR writes a data set of random images in the format of CIFAR-10's binaries.
func writeCIFAR(folder string) error {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"} {
		const images, record = 100, 1 + 32*32*3
		content := make([]byte, images*record)
		for i := range content {
			content[i] = byte(random.Uint32())
			if i%record == 0 {
				content[i] %= 10
			}
		}
		if err := os.WriteFile(filepath.Join(folder, name+".bin"), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
