// Named arrays from a file in the safetensors format: a header in JSON, then the numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace inloop {

struct Tensor {
    std::string type; // "float32" or "float64", as NumPy calls them
    std::vector<std::int64_t> shape;
    std::vector<double> value; // row by row
};
using Tensors = std::map<std::string, Tensor>;

// Throws std::invalid_argument where the bytes are no such file, or hold numbers of other types.
Tensors read_safetensors(const std::string &bytes);

} // namespace inloop
