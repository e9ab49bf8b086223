// A learned kernel from a bundle's folder: bundle.json says what it is, weights.safetensors holds the numbers. Nothing
// of it is run.
#pragma once

#include <optional>

#include "gate.hpp"
#include "reconstruct.hpp"
#include "rows.hpp"

namespace inloop {

struct Bundle {
    // A limit of the gate's score: of the answers that score no more, at most the share `worse` is worse than ELVIRA's.
    struct Promise {
        double worse, limit;
    };

    std::string about; // path of its bundle.json
    Method method;     // learned or learned_line
    Network network;
    std::optional<Network> judge;  // scores answers, if the bundle carries a gate
    std::vector<Promise> promises; // of the gate, ascending
};

// Verifies what it reads: format, digest of the weights, shapes, finite numbers. Throws InputError, one line that names
// the file and the mend. Other files of the folder are not asked for.
Bundle read_bundle(const std::string &folder);

// The same for a network on rows, of whichever case.
RowNetwork read_row_network(const std::string &folder);

// The gate that keeps the promise: the loosest limit of those that are strict enough. Throws InputError.
Gate gate_of(const Bundle &bundle, double worse);

} // namespace inloop
