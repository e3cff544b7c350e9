// Texts of [reconciliation] with two sources, and what is wrong with them.

#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>

#include "authd/config/config.h"
#include "tests/store/temporary_directory.h"

namespace authd::test {

inline const std::string ledger = "[postgres]\nconninfo = \"dbname=x\"\n";
inline const std::string programs =
    "[state]\ndirectory = \"state\"\n[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n"
    "authentication = [{scheme = \"basic\", username = \"x\", secret_files = [\"secret\"]}]\n";
inline const std::string reconciliation =
    ledger + programs + "[reconciliation]\nspool = \"spool\"\n";

// Its table is in line 11, its first key in line 12, and what is added begins in line 15.
inline const std::string card_supplier =
    "[[reconciliation.supplier]]\nname = \"one\"\nsource = \"full.toml\"\nprogram = \"demo\"\n";
inline const std::string card = reconciliation + card_supplier;
inline const std::string transfers =  // begins in line 17
    card + "books = \"transfers\"\ntransfer_kinds = [\"fee\"]\n";

inline std::string pass(const std::string& keys) {
  return "[[reconciliation.supplier.pass]]\n" + keys;
}
inline std::string fee(const std::string& keys) {
  return "[[reconciliation.supplier.fee]]\n" + keys;
}
inline std::string rate(const std::string& keys) {
  return "[[reconciliation.supplier.rate]]\n" + keys;
}
inline std::string rule(const std::string& keys) {
  return "[[reconciliation.supplier.rule]]\n" + keys;
}

class ReconciliationConfig : public testing::Test {
 protected:
  void SetUp() override {
    write("secret", "correct horse battery");
    const std::string least =
        "name = \"least\"\ncurrency = \"ZAR\"\n[time]\nformats = [\"YYYY-MM-DD\"]\nzone = \"UTC\"\n"
        "[columns]\nreference = \"r\"\noccurred_at = \"t\"\namount = \"a\"\n";
    write("least.toml", least);
    write("full.toml", least +
                           "kind = \"k\"\nfee = \"f\"\ncard = \"c\"\naccount = \"ac\"\n"
                           "merchant = \"m\"\nbatch = \"b\"\n[columns.extra]\nours = \"o\"\n");
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / name) << text;
  }
  core::Result<Config, std::vector<ConfigError>> load(const std::string& text) {
    write("authd.toml", text);
    return load_config(directory_.path() / "authd.toml");
  }
  // The only supplier; a failed test and an empty one where the text is wrong.
  recon::Supplier supplier(const std::string& text) {
    const auto config = load(text);
    EXPECT_TRUE(config) << errors(text);
    return config ? config->reconciliation->suppliers.at(0) : recon::Supplier{};
  }
  // "line key: message" of every error, without what all keys of the first supplier begin with.
  std::string errors(const std::string& text) {
    const auto config = load(text);
    if (config) return "none";
    std::string all;
    for (const ConfigError& error : config.error()) {
      const std::string key =
          std::regex_replace(error.key, std::regex(R"(^reconciliation\.supplier\[0\]\.)"), "");
      all += (all.empty() ? "" : " | ") + std::to_string(error.line) + " " + key + ": " +
             error.message;
    }
    return all;
  }
  const std::filesystem::path& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

}  // namespace authd::test
