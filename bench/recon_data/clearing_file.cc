#include "bench/recon_data/clearing_file.h"

#include <array>
#include <utility>

namespace authd::bench {

namespace {

constexpr std::size_t block_lines = 4'096;
constexpr std::uint64_t order_purpose = 20;
constexpr std::uint64_t time_format_purpose = 21;

constexpr const char* header =
    "transaction_token,transaction_type,transaction_timestamp,settlement_date,settlement_amount,"
    "currency_code,interchange_fee_amount,transaction_status,card_token,user_token,"
    "card_acceptor_mid,card_acceptor_name,approval_code,batch_number,preceding_transaction_token,"
    "network_reference_id,mcc\n";

// The three forms of the source, to the second or finer.
std::string time_text(core::Timestamp at, core::CivilDate date, std::uint64_t form) {
  const std::int64_t us =
      at.unix_us - core::floor_div(at.unix_us, core::us_per_day) * core::us_per_day;
  const auto second = static_cast<int>(us / core::us_per_s);
  const auto fraction = static_cast<int>(us % core::us_per_s);
  std::array<char, 48> text{};
  const auto print = [&](const char* format, auto... more) {
    std::snprintf(text.data(), text.size(), format, date.year, date.month, date.day, second / 3'600,
                  second / 60 % 60, second % 60, more...);
  };
  if (form == 0) print("%04d-%02d-%02dT%02d:%02d:%02dZ");
  if (form == 1) print("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", fraction);
  if (form == 2) print("%04d-%02d-%02d %02d:%02d:%02d");
  return text.data();
}

}  // namespace

ClearingFile::ClearingFile(std::FILE* file, const World& world, PlantedList& planted)
    : file_(file), world_(world), planted_(planted) {
  block_.reserve(block_lines);
  std::fputs(header, file_);
}

void ClearingFile::add(const Story& story, const Line& line, std::optional<std::size_t> fault) {
  const core::LocalDay day{
      static_cast<std::int32_t>(core::floor_div(line.at.unix_us, core::us_per_day))};
  const core::CivilDate date = core::civil_of(day);
  std::array<char, 16> settled{};
  std::snprintf(settled.data(), settled.size(), "%04d-%02d-%02d", date.year, date.month, date.day);
  const std::uint64_t drawn = world_.chance(time_format_purpose, story.index);
  const std::string merchant = "M" + std::to_string(100'000 + story.merchant);

  std::string text(line.reference.view());
  const auto cell = [&text](std::string_view value) { (text += ',') += value; };
  cell(line.is_refund ? "REFUND" : "COMPLETION");
  cell(time_text(line.at, date, drawn % 3));
  cell(settled.data());
  cell(core::to_major_units(line.amount));
  cell(line.amount.currency.alpha());
  cell(line.fee_minor ? core::to_major_units({*line.fee_minor, line.amount.currency}) : "");
  cell(line.status);
  cell(story.holder.card.view());
  cell(std::to_string(story.holder.account.value));
  cell(merchant);
  cell("\"SHOP " + merchant + ", TOWN\"");
  cell(std::to_string(100'000 + drawn / 3 % 900'000));
  cell("S" + std::to_string(day.days));
  cell(line.preceding.view());
  cell(std::to_string(drawn));
  cell("5411");
  block_.push_back({std::move(text += '\n'), fault});
  if (block_.size() == block_lines) write_block();
}

// A shuffle of our own: what the standard library's does with a seed is its own affair.
void ClearingFile::write_block() {
  for (std::size_t i = block_.size(); i > 1; --i) {
    const std::size_t other = world_.chance(order_purpose, line_number_ + i) % i;
    std::swap(block_[i - 1], block_[other]);
  }
  for (const Waiting& line : block_) {
    ++line_number_;
    if (line.fault) planted_[*line.fault].line_number = line_number_;  // of two the later one
    std::fputs(line.text.c_str(), file_);
  }
  block_.clear();
}

void ClearingFile::finish() { write_block(); }

}  // namespace authd::bench
