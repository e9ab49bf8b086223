#include "bundle_file.hpp"

#include "bundle_read.hpp"
#include "learned_line.hpp"

namespace inloop {
namespace {

namespace fs = std::filesystem;

constexpr double views = 2; // what a network is shown: see sites.hpp

// A network that maps learned_features values to so many answers.
Network network_of(const BundleFolder &folder, const std::string &prefix, int answers) {
    Network network = layers_in(folder, prefix);
    if (network.sizes.front() != learned_features || network.sizes.back() != answers)
        throw InputError(folder.weights_file.string() + ": " + prefix + "layers map " + list_of(network.sizes) +
                         " values, expected " + std::to_string(learned_features) + " to " + std::to_string(answers) +
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

Bundle read_bundle(const std::string &path) {
    const BundleFolder folder = read_folder(path);
    Bundle bundle{folder.about_file.string(), method_in(folder.about, folder.about_file), {}, {}, {}};
    const int answers = bundle.method == Method::learned ? level_values : line_answers;
    bundle.network = network_of(folder, "", answers);
    if (!lists(folder.about["network"]["sizes"], bundle.network.sizes))
        throw damaged(folder.weights_file, "a network of " + list_of(bundle.network.sizes) +
                                               " values, which is not what bundle.json states");
    if (!folder.about["gate"].as<std::nullptr_t>()) {
        bundle.judge = network_of(folder, "gate.", 1);
        bundle.promises = promises_in(folder.about["gate"], folder.about_file);
    }
    return bundle;
}

RowNetwork read_row_network(const std::string &path) {
    const BundleFolder folder = read_folder(path);
    try {
        return row_network(folder.about["network"], layers_in(folder, ""));
    } catch (const InputError &wrong) {
        throw InputError(folder.about_file.string() + ": " + wrong.what());
    }
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
