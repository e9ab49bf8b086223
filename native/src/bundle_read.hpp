// A bundle's folder, whatever the kernel: bundle.json says what it is, weights.safetensors holds the numbers. Nothing of
// it is run, and other files of the folder are not asked for.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "block.hpp"
#include "json.hpp"
#include "network.hpp"
#include "safetensors.hpp"

namespace inloop {

struct BundleFolder {
    std::filesystem::path about_file, weights_file;
    Json about;
    Tensors tensors;
};

// Verifies what it reads: format, digest of the weights, tensors, finite numbers. Throws InputError, one line that names
// the file and the mend.
BundleFolder read_folder(const std::string &folder);

// The layers "<prefix>layers.0.weight", "<prefix>layers.0.bias", ... of a network; refuses none, and some that do not
// follow one another.
Network layers_in(const BundleFolder &folder, const std::string &prefix);

InputError damaged(const std::filesystem::path &file, const std::string &what);

std::string text_of(double number);

template <class Numbers> std::string list_of(const Numbers &numbers) {
    std::string text;
    for (auto number : numbers) text += (text.empty() ? "" : ", ") + text_of(static_cast<double>(number));
    return "[" + text + "]";
}

// Whether it is an array of just these numbers.
template <class Numbers> bool lists(const Json &json, const Numbers &numbers) {
    const auto *array = json.as<JsonArray>();
    return array &&
           std::equal(array->begin(), array->end(), numbers.begin(), numbers.end(), [](const Json &one, auto number) {
               const auto *stated = one.as<double>();
               return stated && *stated == static_cast<double>(number);
           });
}

// Whether it is this text.
bool is(const Json &json, const std::string &text);

} // namespace inloop
