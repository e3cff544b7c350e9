#include "authd/config/secrets.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace authd {

namespace {

constexpr std::size_t secret_bytes_min = 8;

std::optional<std::string> read_secret_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

void Secrets::from_file(std::string_view key, const std::string& name) {
  const auto text = read_secret_file(base_ / name);
  if (!text) in_.refuse(key, "cannot read the file " + (base_ / name).string());
  keep(key, text);
}

void Secrets::from_environment(std::string_view key, const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) in_.refuse(key, "the environment variable " + name + " is not set");
  keep(key, value == nullptr ? std::nullopt : std::optional<std::string>(value));
}

void Secrets::keep(std::string_view key, const std::optional<std::string>& secret) {
  if (!secret) return;
  if (secret->size() < secret_bytes_min) {
    in_.refuse(key,
               "the secret has fewer than " + std::to_string(secret_bytes_min) + " characters");
  }
  secrets_.push_back(*secret);
}

}  // namespace authd
