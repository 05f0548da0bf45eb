"""Has ONNX's own checker look at models, with the inference of all shapes."""

import sys

import onnx

for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    known = {v.name for v in (*inferred.graph.value_info, *inferred.graph.output)}
    for node in inferred.graph.node:
        for output in node.output:
            if output not in known:
                sys.exit(f"{path}: {output}: got no shape, want one inferred")
