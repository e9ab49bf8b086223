#include "bundle_read.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <locale>
#include <sstream>
#include <stdexcept>

#include "sha256.hpp"

namespace inloop {
namespace {

namespace fs = std::filesystem;

constexpr double newest_format = 1;
constexpr const char *about_name = "bundle.json", *weights_name = "weights.safetensors";

fs::path about_in(const std::string &folder) {
    std::error_code ignored;
    const fs::path path(folder), about = path / about_name;
    if (!fs::is_directory(path, ignored))
        throw InputError(folder +
                         (fs::exists(path, ignored) ? ": is a file, not the folder of a bundle" : ": no such bundle") +
                         "; give a bundle's folder");
    if (!fs::is_regular_file(about, ignored))
        throw InputError(about.string() + ": missing, so this folder is not a bundle; check the path");
    return about;
}

std::string bytes_of(const fs::path &file) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        throw InputError(file.string() + ": missing, though " + about_name + " lists it; copy the whole folder again");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw InputError(file.string() + ": cannot be read; check its permissions");
    return {std::istreambuf_iterator<char>(stream), {}};
}

Json read_about(const fs::path &file) {
    Json about;
    try {
        about = parse_json(bytes_of(file));
    } catch (const std::invalid_argument &) {
        throw damaged(file, "is not JSON");
    }
    const auto *format = about["format"].as<double>();
    if (!format || *format < 1 || *format != std::floor(*format)) throw damaged(file, "states no format");
    if (*format > newest_format)
        throw InputError(file.string() + ": has format " + text_of(*format) + ", this inloop reads up to " +
                         text_of(newest_format) + "; update inloop");
    return about;
}

// Refuses tensors other than those that bundle.json states.
void compare(const Tensors &tensors, const Json &about, const fs::path &file) {
    const auto *stated = about["tensors"].as<JsonObject>();
    if (!stated) throw damaged(file.parent_path() / about_name, "'tensors' is missing or not as expected");
    for (const auto &[name, ignored] : *stated)
        if (!tensors.count(name)) throw damaged(file, "lacks tensor '" + name + "', which " + about_name + " lists");
    for (const auto &[name, tensor] : tensors) {
        const Json &one = about["tensors"][name];
        if (!is(one["dtype"], tensor.type) || !lists(one["shape"], tensor.shape))
            throw damaged(file, "tensor '" + name + "' has type " + tensor.type + " and shape " +
                                    list_of(tensor.shape) + ", which is not what " + about_name + " states");
        if (!std::all_of(tensor.value.begin(), tensor.value.end(), [](double v) { return std::isfinite(v); }))
            throw InputError(file.string() + ": tensor '" + name +
                             "' holds numbers that are not finite; take another bundle");
    }
}

Tensors read_weights(const fs::path &file, const Json &about) {
    const auto *digest = about["files"][weights_name].as<std::string>();
    if (!digest) throw damaged(file.parent_path() / about_name, std::string("does not list ") + weights_name);
    const std::string bytes = bytes_of(file);
    if (sha256(bytes) != *digest)
        throw InputError(file.string() + ": is not the file that was written (SHA-256 differs); copy the bundle again");
    Tensors tensors;
    try {
        tensors = read_safetensors(bytes);
    } catch (const std::invalid_argument &) {
        throw damaged(file, "does not hold safetensors of float32 and float64");
    }
    compare(tensors, about, file);
    return tensors;
}

} // namespace

InputError damaged(const std::filesystem::path &file, const std::string &what) {
    return InputError(file.string() + ": " + what +
                      "; the bundle is damaged or not one of inloop's: copy or export it again");
}

std::string text_of(double number) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << number;
    return text.str();
}

bool is(const Json &json, const std::string &text) {
    const auto *stated = json.as<std::string>();
    return stated && *stated == text;
}

BundleFolder read_folder(const std::string &folder) {
    const fs::path about_file = about_in(folder), weights_file = about_file.parent_path() / weights_name;
    Json about = read_about(about_file);
    Tensors tensors = read_weights(weights_file, about);
    return {about_file, weights_file, std::move(about), std::move(tensors)};
}

Network layers_in(const BundleFolder &folder, const std::string &prefix) {
    const std::string file = folder.weights_file.string();
    Network network;
    for (std::size_t k = 0;; ++k) {
        const std::string layer = prefix + "layers." + std::to_string(k);
        const auto weight = folder.tensors.find(layer + ".weight"), bias = folder.tensors.find(layer + ".bias");
        if (weight == folder.tensors.end() && bias == folder.tensors.end()) break;
        const bool both = weight != folder.tensors.end() && bias != folder.tensors.end();
        bool fit = both && weight->second.shape.size() == 2 && weight->second.shape[0] > 0 &&
                   weight->second.shape[1] > 0 &&
                   bias->second.shape == std::vector<std::int64_t>{weight->second.shape[0]};
        if (fit && k == 0) network.sizes.push_back(static_cast<int>(weight->second.shape[1]));
        fit = fit && weight->second.shape[1] == network.sizes.back();
        if (!fit) throw InputError(file + ": " + layer + " does not fit the layer before; export them again");
        network.sizes.push_back(static_cast<int>(weight->second.shape[0]));
        network.weight.push_back(weight->second.value);
        network.bias.push_back(bias->second.value);
    }
    if (network.weight.empty()) throw InputError(file + ": holds no " + prefix + "layers; export the bundle again");
    return network;
}

} // namespace inloop
