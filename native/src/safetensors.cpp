#include "safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "json.hpp"

namespace inloop {
namespace {

void expect(bool holds) {
    if (!holds) throw std::invalid_argument("not safetensors");
}

// A whole number from 0 to `most`.
std::uint64_t count_in(const Json &json, std::uint64_t most) {
    const auto *number = json.as<double>();
    expect(number && *number >= 0 && *number <= static_cast<double>(most));
    const auto count = static_cast<std::uint64_t>(*number);
    expect(static_cast<double>(count) == *number);
    return count;
}

template <class T> std::vector<double> numbers_at(const char *bytes, std::uint64_t count) {
    std::vector<T> number(count);
    if (count > 0) std::memcpy(number.data(), bytes, count * sizeof(T)); // little-endian, as every machine we build for
    return {number.begin(), number.end()};
}

using Span = std::pair<std::uint64_t, std::uint64_t>;

// One entry of the header; `span` becomes the bytes that are its own.
Tensor tensor_at(const Json &entry, const char *data, std::uint64_t size, Span &span) {
    const auto *type = entry["dtype"].as<std::string>();
    const auto *shape = entry["shape"].as<JsonArray>(), *where = entry["data_offsets"].as<JsonArray>();
    expect(type && (*type == "F32" || *type == "F64") && shape && where && where->size() == 2);
    const std::uint64_t bytes = *type == "F32" ? sizeof(float) : sizeof(double);
    span = {count_in((*where)[0], size), count_in((*where)[1], size)};
    expect(span.first <= span.second);
    Tensor tensor;
    std::uint64_t count = 1;
    for (const Json &extent : *shape) {
        const std::uint64_t n = count_in(extent, size);
        expect(n == 0 || count <= size / n);
        count *= n;
        tensor.shape.push_back(static_cast<std::int64_t>(n));
    }
    expect(count <= size / bytes && count * bytes == span.second - span.first);
    tensor.type = bytes == sizeof(float) ? "float32" : "float64";
    tensor.value = bytes == sizeof(float) ? numbers_at<float>(data + span.first, count)
                                          : numbers_at<double>(data + span.first, count);
    return tensor;
}

} // namespace

Tensors read_safetensors(const std::string &bytes) {
    std::uint64_t length = 0;
    expect(bytes.size() >= sizeof length);
    std::memcpy(&length, bytes.data(), sizeof length);
    expect(length <= bytes.size() - sizeof length);
    const Json header = parse_json(bytes.substr(sizeof length, length));
    const char *const data = bytes.data() + sizeof length + length;
    const std::uint64_t size = bytes.size() - sizeof length - length;
    const auto *entries = header.as<JsonObject>();
    expect(entries != nullptr);
    Tensors tensors;
    std::vector<Span> spans;
    for (const auto &[name, entry] : *entries) {
        if (name == "__metadata__") continue;
        spans.emplace_back();
        tensors[name] = tensor_at(entry, data, size, spans.back());
    }
    std::sort(spans.begin(), spans.end());
    std::uint64_t end = 0; // they follow one another and leave nothing over
    for (const Span &span : spans) {
        expect(span.first == end);
        end = span.second;
    }
    expect(end == size);
    return tensors;
}

} // namespace inloop
