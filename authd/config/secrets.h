// Secrets: where the passwords of one table of the configuration come from: files relative to the
// configuration, and environment variables.
//
// What cannot be read, or is too short to be a secret, is reported under its key.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/config/table_reader.h"

namespace authd {

class Secrets {
 public:
  // Both referents outlive it.
  Secrets(TableReader& in, const std::filesystem::path& base) : in_(in), base_(base) {}

  void from_file(std::string_view key, const std::string& name);
  void from_environment(std::string_view key, const std::string& name);

  std::vector<std::string> take() { return std::move(secrets_); }

 private:
  void keep(std::string_view key, const std::optional<std::string>& secret);

  TableReader& in_;
  const std::filesystem::path& base_;
  std::vector<std::string> secrets_;
};

}  // namespace authd
