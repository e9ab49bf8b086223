// JSON as bundles hold it: read only, nothing beyond the standard.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace inloop {

struct Json;
using JsonArray = std::vector<Json>;
using JsonObject = std::map<std::string, Json>;

struct Json {
    std::variant<std::nullptr_t, bool, double, std::string, JsonArray, JsonObject> value;

    // What it holds if it is of that type, else nullptr.
    template <class T> const T *as() const { return std::get_if<T>(&value); }
    // An object's entry of that name; null where there is none.
    const Json &operator[](const std::string &name) const;
};

// The value that makes up all of the text; throws std::invalid_argument if that is no JSON.
Json parse_json(const std::string &text);

} // namespace inloop
