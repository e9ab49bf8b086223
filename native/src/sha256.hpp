// SHA-256 (FIPS 180-4), by which a bundle's files are known.
#pragma once

#include <string>

namespace inloop {

// 64 hexadecimal digits in lower case.
std::string sha256(const std::string &bytes);

} // namespace inloop
