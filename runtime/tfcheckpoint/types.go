package tfcheckpoint

import "fmt"

// dataType is TensorFlow's DataType (tensorflow/core/framework/types.proto).
type dataType int32

const (
	typeFloat dataType = 1
	typeInt32 dataType = 3
	typeInt64 dataType = 9
)

// types has each type's name, and the bytes of an element: 0 where elements have no fixed size.
var types = map[dataType]struct {
	name string
	size int
}{
	1: {"float32", 4}, 2: {"float64", 8}, 3: {"int32", 4}, 4: {"uint8", 1}, 5: {"int16", 2}, 6: {"int8", 1},
	7: {"string", 0}, 8: {"complex64", 8}, 9: {"int64", 8}, 10: {"bool", 1}, 11: {"qint8", 1}, 12: {"quint8", 1},
	13: {"qint32", 4}, 14: {"bfloat16", 2}, 15: {"qint16", 2}, 16: {"quint16", 2}, 17: {"uint16", 2},
	18: {"complex128", 16}, 19: {"float16", 2}, 20: {"resource", 0}, 21: {"variant", 0}, 22: {"uint32", 4},
	23: {"uint64", 8},
}

func (t dataType) String() string {
	if known, ok := types[t]; ok {
		return known.name
	}
	return fmt.Sprintf("type %d", int32(t))
}

// size is the bytes of an element, 0 if that is not fixed or the type not known.
func (t dataType) size() int { return types[t].size }

// read says that tensors of the type are read.
func (t dataType) read() bool { return t == typeFloat || t == typeInt32 || t == typeInt64 }
