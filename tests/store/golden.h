// The golden files: lines of a name and what the format makes of the sample of that name.

#pragma once

#include <fstream>
#include <string>

namespace authd::store::test {

// The line of tests/store/golden/<file> that begins with `name`.
inline std::string golden(const std::string& file, const std::string& name) {
  std::ifstream in(std::string(AUTHD_TEST_DATA) + "/store/golden/" + file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  }
  return "no golden line " + name + " in " + file;
}

}  // namespace authd::store::test
