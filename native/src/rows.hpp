// A small fully connected network with what stands before and after it: rows of physical numbers in, rows of physical
// numbers out.
#pragma once

#include <array>
#include <string>

#include "json.hpp"
#include "network.hpp"
#include "row_kernels.hpp"

namespace inloop {

constexpr int most_row_features = 1024;

enum class Activation { squareplus, tanh, relu, softsign };
enum class Before { linear, log, root4 };
enum class After { linear, exp, power4, squareplus, softmax };

// What the network sees of an input x is (before(max(x, least)) - shift) * slope, and how near that lies to each of so
// many points, `hats`, evenly from -1 to 1. An input that is not seen is an amount alone.
struct RowInput {
    std::string name;
    Before before;
    double shift, slope;
    double least; // minus infinity: any
    bool seen = true;
    int hats = 0;

    int features() const { return seen ? 1 + hats : 0; }
};

// Of all hats of an input the two about it count, so their weights are picked, not multiplied: row k + 1 of the weights is
// that of hat k; before the first and behind the last there are zeros.
struct RowHats {
    int input;
    std::vector<float> weight; // (hats + 3, outputs of the first layer)
};

struct RowNetwork {
    std::vector<RowInput> input;
    std::vector<RowHats> hats; // of the inputs that have any
    std::vector<PackedLayer>
        layer; // with the outputs' scale and shift, and the half of squareplus, in their numbers; the
               // first one without hats
    Activation activation;
    After after;
    int outputs;             // answers of a row
    std::vector<int> amount; // of each part of the answers the input that it is times, or one; empty: a part, times 1

    std::vector<double> counted_from; // of each part what is taken from its amount
    float least;                      // smaller sums of parts are taken for this one

    static constexpr int one = -1;

    int inputs() const { return static_cast<int>(input.size()); }
    int features() const { return layer.front().inputs; } // without hats
    int parts() const { return amount.empty() ? 1 : static_cast<int>(amount.size()); }
    int wide() const { return layer.back().outputs / parts(); } // a part's outputs, filled up
    int widest() const;                                         // of all layers, filled up
    bool whole() const { return wide() == outputs; }            // nothing had to be filled up
};

// From a bundle's entry `network` and its layers. Throws InputError, one line that says what is wrong and the mend.
RowNetwork row_network(const Json &about, const Network &layers);

// rows[count][inputs] to out[count][outputs], each row's answers times its factor, if there are factors. The answers have
// the same bits wherever a row stands and however many threads there are. Throws InputError, which names the first row
// with a number that its input does not take.
template <class In, class Out>
void run_rows(const RowNetwork &network, std::int64_t count, const In *rows, const In *factor, Out *out, int threads);

} // namespace inloop
