// Bundles that were damaged on their way, or made to do damage.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "field.hpp"
#include "sha256.hpp"

namespace fuzz {

inline std::string bytes_of(const std::filesystem::path &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// Changes some bytes among the first `reach`, or cuts off the end.
inline void damage(Source &source, std::string &bytes, int reach) {
    static const char telling[] = "{}[]\",:\\u0-9.eE\n tfn";
    for (int k = 1 + source.below(4); k > 0; --k) {
        const std::size_t at = source.below(std::min(reach, static_cast<int>(bytes.size())));
        const char c = source.one_in(2) ? telling[source.below(sizeof telling - 1)] : static_cast<char>(source.next());
        switch (source.below(6)) {
        case 0:
            bytes.erase(at, 1 + source.below(20));
            break;
        case 1:
            bytes.insert(at, 1 + source.below(3), c);
            break;
        case 2:
            bytes.insert(at, bytes.substr(source.below(static_cast<int>(bytes.size())), 40));
            break;
        default:
            bytes[at] = c;
        }
    }
    if (source.one_in(6)) bytes.resize(source.below(static_cast<int>(bytes.size()) + 1));
}

// A copy of a good bundle with damage in one of its files. The digest is made to agree, so that the reader meets the
// damage itself. The folder is gone when this is.
class DamagedBundle {
  public:
    DamagedBundle(Source &source, const std::filesystem::path &good)
        : folder(std::filesystem::temp_directory_path() / ("inloop_fuzz." + std::to_string(getpid()))) {
        std::string about = bytes_of(good / "bundle.json"), weights = bytes_of(good / "weights.safetensors");
        const std::string digest = inloop::sha256(weights);
        if (source.one_in(2)) damage(source, weights, 700); // its header, and a few numbers
        about.replace(about.find(digest), digest.size(), inloop::sha256(weights));
        if (source.one_in(2)) damage(source, about, static_cast<int>(about.size()));
        std::filesystem::create_directory(folder);
        std::ofstream(folder / "bundle.json", std::ios::binary) << about;
        std::ofstream(folder / "weights.safetensors", std::ios::binary) << weights;
    }
    ~DamagedBundle() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    DamagedBundle(const DamagedBundle &) = delete;
    DamagedBundle &operator=(const DamagedBundle &) = delete;

    const std::filesystem::path folder;
};

} // namespace fuzz
