#include "bundle_file.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "json.hpp"
#include "learned_line.hpp"
#include "safetensors.hpp"
#include "sha256.hpp"

namespace inloop {
namespace {

namespace fs = std::filesystem;

constexpr double newest_format = 1, views = 2; // what a network is shown: see sites.hpp
constexpr const char *about_name = "bundle.json", *weights_name = "weights.safetensors";

InputError damaged(const fs::path &file, const std::string &what) {
    return InputError(file.string() + ": " + what +
                      "; the bundle is damaged or not one of inloop's: copy or export it again");
}

std::string text_of(double number) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << number;
    return text.str();
}

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

bool is(const Json &json, const std::string &text) {
    const auto *stated = json.as<std::string>();
    return stated && *stated == text;
}

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

// The network of the tensors "<prefix>layers.0.weight", "<prefix>layers.0.bias", ..., from learned_features to answers.
Network network_of(const Tensors &tensors, const std::string &prefix, int answers, const fs::path &file) {
    Network network;
    network.sizes.push_back(learned_features);
    for (std::size_t k = 0;; ++k) {
        const std::string layer = prefix + "layers." + std::to_string(k);
        const auto weight = tensors.find(layer + ".weight"), bias = tensors.find(layer + ".bias");
        if (weight == tensors.end() && bias == tensors.end()) break;
        const bool both = weight != tensors.end() && bias != tensors.end();
        const bool fit = both && weight->second.shape.size() == 2 && weight->second.shape[1] == network.sizes.back() &&
                         bias->second.shape == std::vector<std::int64_t>{weight->second.shape[0]} &&
                         weight->second.shape[0] > 0;
        if (!fit) throw InputError(file.string() + ": " + layer + " does not fit the layer before; export them again");
        network.sizes.push_back(static_cast<int>(weight->second.shape[0]));
        network.weight.push_back(weight->second.value);
        network.bias.push_back(bias->second.value);
    }
    if (network.weight.empty() || network.sizes.back() != answers)
        throw InputError(file.string() + ": " + prefix + "layers map " + list_of(network.sizes) + " values, expected " +
                         std::to_string(learned_features) + " to " + std::to_string(answers) +
                         "; export the bundle again");
    network.packed = packed_of(network);
    return network;
}

// What the network is for; refuses one that this library asks nothing.
Method method_in(const Json &about, const fs::path &file) {
    if (!is(about["case"], "mir")) throw InputError(file.string() + ": is not of case 'mir'; give another bundle");
    const Json &network = about["network"];
    const auto *seen = network["views"].as<double>();
    const bool levels = is(network["kind"], "levels"), known = levels || is(network["kind"], "line");
    if (!known || !seen || *seen != views || !is(network["activation"], "squareplus"))
        throw InputError(file.string() + ": its network is not of kind 'levels' or 'line' with views " +
                         text_of(views) + " and activation 'squareplus'; give another bundle or update inloop");
    return levels ? Method::learned : Method::learned_line;
}

std::vector<Bundle::Promise> promises_in(const Json &gate, const fs::path &file) {
    const auto *array = gate["promises"].as<JsonArray>();
    if (!array) throw damaged(file, "'gate' is not as expected");
    std::vector<Bundle::Promise> promises;
    for (const Json &one : *array) {
        const auto *worse = one["worse"].as<double>(), *limit = one["limit"].as<double>();
        if (!worse || !limit) throw damaged(file, "'gate' is not as expected");
        promises.push_back({*worse, *limit});
    }
    return promises;
}

} // namespace

Bundle read_bundle(const std::string &folder) {
    const fs::path about_file = about_in(folder), weights_file = about_file.parent_path() / weights_name;
    const Json about = read_about(about_file);
    const Tensors tensors = read_weights(weights_file, about);
    Bundle bundle{about_file.string(), method_in(about, about_file), {}, {}, {}};
    const int answers = bundle.method == Method::learned ? level_values : line_answers;
    bundle.network = network_of(tensors, "", answers, weights_file);
    if (!lists(about["network"]["sizes"], bundle.network.sizes))
        throw damaged(weights_file, "a network of " + list_of(bundle.network.sizes) + " values, which is not what " +
                                        about_name + " states");
    if (!about["gate"].as<std::nullptr_t>()) {
        bundle.judge = network_of(tensors, "gate.", 1, weights_file);
        bundle.promises = promises_in(about["gate"], about_file);
    }
    return bundle;
}

Gate gate_of(const Bundle &bundle, double worse) {
    if (!(worse >= 0 && worse <= 1))
        throw InputError("gate is " + text_of(worse) + ": expected a share from 0 to 1, such as 0.01");
    if (bundle.method != Method::learned) throw InputError("gate: a learned line has none; leave it 'none'");
    if (!bundle.judge) throw InputError("gate: " + bundle.about + " carries none; leave it 'none'");
    const Bundle::Promise *kept = nullptr;
    for (const auto &promise : bundle.promises)
        if (promise.worse <= worse) kept = &promise;
    if (!kept)
        throw InputError(
            "gate: a share of " + text_of(worse) + " cannot be promised, " +
            (bundle.promises.empty() ? "no share can" : "the least is " + text_of(bundle.promises.front().worse)));
    return {*bundle.judge, kept->limit};
}

} // namespace inloop
