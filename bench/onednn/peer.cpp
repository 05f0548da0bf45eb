// peer times the convolutions of oneDNN for bench/kernels.
//
// It reads a line "case PASS KERNEL STRIDE SIZE IN OUT BATCH" (PASS: fwd, bwd_data, bwd_weights), makes the
// convolution with each algorithm that oneDNN offers, every tensor in the layout that it likes best, and answers with
// the names of the implementations. After that each line "run MILLISECONDS" is answered with one "ALGORITHM NANOSECONDS"
// pair for each of them: the time of an image. TensorFlow's SAME padding; one thread if OMP_NUM_THREADS says so.

#include <chrono>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

using dnnl::memory;
using Clock = std::chrono::steady_clock;

struct Shape {
    std::string pass;
    long kernel, stride, size, in, out, batch;
};

struct Timed {
    std::string algorithm, implementation;
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
};

static memory filled(const memory::desc &layout, const dnnl::engine &engine) {
    memory m(layout, engine);
    float *p = static_cast<float *>(m.get_data_handle());
    for (size_t i = 0; i < layout.get_size() / sizeof(float); i++) p[i] = float(int(i * 7919 % 255) - 127) / 128;
    return m;
}

static Timed make(const Shape &s, dnnl::algorithm algorithm, const dnnl::engine &engine) {
    const auto f32 = memory::data_type::f32;
    const auto any = memory::format_tag::any;
    const long outputs = (s.size + s.stride - 1) / s.stride;
    const long padding = std::max((outputs - 1) * s.stride + s.kernel - s.size, 0L);
    const memory::desc x({s.batch, s.in, s.size, s.size}, f32, any);
    const memory::desc w({s.out, s.in, s.kernel, s.kernel}, f32, any);
    const memory::desc y({s.batch, s.out, outputs, outputs}, f32, any);
    const memory::dims strides{s.stride, s.stride}, before{padding / 2, padding / 2};
    const memory::dims after{padding - padding / 2, padding - padding / 2};

    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, x, w, y, strides, before, after}, engine);
    Timed t;
    if (s.pass == "fwd") {
        t.implementation = forward.impl_info_str();
        t.primitive = dnnl::convolution_forward(forward);
        t.arguments = {{DNNL_ARG_SRC, filled(forward.src_desc(), engine)},
                       {DNNL_ARG_WEIGHTS, filled(forward.weights_desc(), engine)},
                       {DNNL_ARG_DST, filled(forward.dst_desc(), engine)}};
    } else if (s.pass == "bwd_data") {
        const dnnl::convolution_backward_data::primitive_desc backward({algorithm, x, w, y, strides, before, after}, engine, forward);
        t.implementation = backward.impl_info_str();
        t.primitive = dnnl::convolution_backward_data(backward);
        t.arguments = {{DNNL_ARG_DIFF_SRC, filled(backward.diff_src_desc(), engine)},
                       {DNNL_ARG_WEIGHTS, filled(backward.weights_desc(), engine)},
                       {DNNL_ARG_DIFF_DST, filled(backward.diff_dst_desc(), engine)}};
    } else {
        const dnnl::convolution_backward_weights::primitive_desc backward({algorithm, x, w, y, strides, before, after}, engine, forward);
        t.implementation = backward.impl_info_str();
        t.primitive = dnnl::convolution_backward_weights(backward);
        t.arguments = {{DNNL_ARG_SRC, filled(backward.src_desc(), engine)},
                       {DNNL_ARG_DIFF_WEIGHTS, filled(backward.diff_weights_desc(), engine)},
                       {DNNL_ARG_DIFF_DST, filled(backward.diff_dst_desc(), engine)}};
    }
    return t;
}

static double nanoseconds(Timed &t, dnnl::stream &stream, double milliseconds, long batch) {
    long runs = 0;
    const auto start = Clock::now();
    double elapsed = 0;
    do {
        t.primitive.execute(stream, t.arguments);
        stream.wait();
        runs++;
        elapsed = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    } while (elapsed < milliseconds * 1e6);
    return elapsed / double(runs * batch);
}

int main() {
    dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    dnnl::stream stream(engine);
    std::vector<Timed> timed;
    long batch = 1;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string command;
        words >> command;
        if (command == "case") {
            Shape s;
            words >> s.pass >> s.kernel >> s.stride >> s.size >> s.in >> s.out >> s.batch;
            batch = s.batch;
            timed.clear();
            for (const auto algorithm : {dnnl::algorithm::convolution_direct, dnnl::algorithm::convolution_winograd}) {
                try {
                    timed.push_back(make(s, algorithm, engine));
                    timed.back().algorithm = algorithm == dnnl::algorithm::convolution_direct ? "direct" : "winograd";
                } catch (const dnnl::error &) { // it has none for this shape
                }
            }
            for (auto &t : timed) std::cout << t.algorithm << ' ' << t.implementation << ' ';
        } else {
            double milliseconds;
            words >> milliseconds;
            for (auto &t : timed) std::cout << t.algorithm << ' ' << nanoseconds(t, stream, milliseconds, batch) << ' ';
        }
        std::cout << std::endl;
    }
}
