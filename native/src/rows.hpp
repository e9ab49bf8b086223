// A small fully connected network with what stands before and after it: rows of physical numbers in, rows of physical
// numbers out.
#pragma once

#include <array>
#include <string>

#include "json.hpp"
#include "network.hpp"
#include "row_kernels.hpp"

namespace inloop {

constexpr int most_row_inputs = 1024;

enum class Activation { squareplus, tanh, relu, softsign };
enum class Before { linear, log, root4 };
enum class After { linear, exp, power4, squareplus, softmax };

// What the network sees of an input x is (before(max(x, least)) - shift) * slope.
struct RowInput {
    std::string name;
    Before before;
    double shift, slope;
    double least; // minus infinity: any
};

struct RowNetwork {
    std::vector<RowInput> input;
    std::vector<PackedLayer> layer; // with the outputs' scale and shift, and the half of squareplus, in their numbers
    Activation activation;
    After after;
    int outputs;

    int inputs() const { return static_cast<int>(input.size()); }
    int widest() const;                                            // of all layers, filled up
    bool whole() const { return layer.back().outputs == outputs; } // nothing had to be filled up
};

// From a bundle's entry `network` and its layers. Throws InputError, one line that says what is wrong and the mend.
RowNetwork row_network(const Json &about, const Network &layers);

// rows[count][inputs] to out[count][outputs], each row's answers times its factor, if there are factors. The answers have
// the same bits wherever a row stands and however many threads there are. Throws InputError, which names the first row
// with a number that its input does not take.
template <class In, class Out>
void run_rows(const RowNetwork &network, std::int64_t count, const In *rows, const In *factor, Out *out, int threads);

} // namespace inloop
