#include "json.hpp"

#include <algorithm>
#include <cstring>
#include <locale>
#include <sstream>
#include <stdexcept>

namespace inloop {
namespace {

constexpr int deepest = 64;

class Reader {
  public:
    explicit Reader(const std::string &text) : text(text) {}

    Json all() {
        Json value = one(0);
        skip_space();
        if (at != text.size()) fail();
        return value;
    }

  private:
    [[noreturn]] static void fail() { throw std::invalid_argument("not JSON"); }

    char peek() const { return at < text.size() ? text[at] : '\0'; }

    void skip_space() { at = std::min(text.find_first_not_of(" \t\r\n", at), text.size()); }

    bool take(char c) {
        skip_space();
        if (peek() != c) return false;
        ++at;
        return true;
    }

    void need(char c) {
        if (!take(c)) fail();
    }

    Json word(const char *name, Json value) {
        const std::size_t length = std::strlen(name);
        if (text.compare(at, length, name) != 0) fail();
        at += length;
        return value;
    }

    Json one(int depth) {
        if (depth > deepest) fail();
        skip_space();
        switch (peek()) {
        case '{':
            return {object(depth)};
        case '[':
            return {array(depth)};
        case '"':
            return {string()};
        case 't':
            return word("true", {true});
        case 'f':
            return word("false", {false});
        case 'n':
            return word("null", {nullptr});
        default:
            return {number()};
        }
    }

    JsonObject object(int depth) {
        JsonObject out;
        need('{');
        if (take('}')) return out;
        do {
            skip_space();
            std::string name = string();
            need(':');
            out.insert_or_assign(std::move(name), one(depth + 1));
        } while (take(','));
        need('}');
        return out;
    }

    JsonArray array(int depth) {
        JsonArray out;
        need('[');
        if (take(']')) return out;
        do out.push_back(one(depth + 1));
        while (take(','));
        need(']');
        return out;
    }

    std::string string() {
        std::string out;
        if (peek() != '"') fail();
        for (++at; peek() != '"'; ++at) {
            if (at >= text.size() || static_cast<unsigned char>(text[at]) < ' ') fail();
            if (text[at] != '\\') out += text[at];
            else escape(out);
        }
        ++at;
        return out;
    }

    // `at` stands on the backslash, and afterwards on the last character that belongs to it.
    void escape(std::string &out) {
        constexpr char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
        ++at;
        if (const char *found = peek() ? std::strchr(names, peek()) : nullptr) {
            out += values[found - names];
        } else if (peek() == 'u') {
            unsigned code = 0;
            for (int k = 0; k < 4; ++k) code = code * 16 + hexadecimal();
            add_letter(out, code);
        } else {
            fail();
        }
    }

    unsigned hexadecimal() {
        constexpr char digits[] = "0123456789abcdef0123456789ABCDEF";
        ++at;
        const char *found = peek() ? std::strchr(digits, peek()) : nullptr;
        if (!found) fail();
        return static_cast<unsigned>(found - digits) % 16;
    }

    // UTF-8. Halves of a pair stay halves: no name or value that is asked for has any.
    static void add_letter(std::string &out, unsigned code) {
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
        } else {
            out += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
                    static_cast<char>(0x80 | (code & 0x3f))};
        }
    }

    bool digits() {
        const std::size_t first = at;
        at = std::min(text.find_first_not_of("0123456789", at), text.size());
        return at > first;
    }

    double number() {
        const std::size_t first = at;
        if (peek() == '-') ++at;
        if (peek() == '0') ++at;
        else if (!digits()) fail();
        if (peek() == '.' && (++at, !digits())) fail();
        if (peek() == 'e' || peek() == 'E') {
            ++at;
            if (peek() == '+' || peek() == '-') ++at;
            if (!digits()) fail();
        }
        std::istringstream written(text.substr(first, at - first));
        written.imbue(std::locale::classic()); // a host's locale may have a comma for the point
        double value = 0;
        written >> value; // beyond all numbers: the largest, which is none that a bundle states
        return value;
    }

    const std::string &text;
    std::size_t at = 0;
};

} // namespace

const Json &Json::operator[](const std::string &name) const {
    static const Json null{nullptr};
    const auto *object = as<JsonObject>();
    if (!object) return null;
    const auto found = object->find(name);
    return found == object->end() ? null : found->second;
}

Json parse_json(const std::string &text) { return Reader(text).all(); }

} // namespace inloop
