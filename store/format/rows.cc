#include "store/format/rows.h"

#include <array>

#include "store/format/fields.h"
#include "store/journal/crc32c.h"

namespace authd::store {

namespace {

using core::Row;
using core::Unexpected;
using core::UsageOwner;

constexpr std::uint8_t row_version = 1;
constexpr std::size_t crc_bytes = 4;

enum class Part : std::uint8_t { owner = 0, usage = 1 };

// Keys are at most 1 + 33 + 65 + 2 bytes.
class KeyBuilder {
 public:
  explicit KeyBuilder(std::string_view prefix) noexcept { append(prefix); }

  KeyBuilder& number(std::uint64_t value) noexcept {
    for (int shift = 56; shift >= 0; shift -= 8) byte(value >> shift & 0xFF);
    return *this;
  }
  KeyBuilder& text(std::string_view text) noexcept {
    byte(text.size());
    append(text);
    return *this;
  }
  KeyBuilder& part(Part part) noexcept {
    byte(static_cast<std::uint64_t>(part));
    return *this;
  }
  KeyBuilder& window(core::Window window) noexcept {
    byte(static_cast<std::uint64_t>(window));
    return *this;
  }
  RowKey key() const noexcept { return *RowKey::from({bytes_.data(), size_}); }

 private:
  void byte(std::uint64_t value) noexcept { bytes_[size_++] = static_cast<char>(value); }
  void append(std::string_view text) noexcept {
    for (const char c : text) bytes_[size_++] = c;
  }

  std::array<char, RowKey::size_max> bytes_;
  std::size_t size_ = 0;
};

KeyBuilder account_owner(core::AccountId id) noexcept {
  return KeyBuilder(account_prefix).number(static_cast<std::uint64_t>(id.value));
}

KeyBuilder card_owner(const core::ProgramId& program, const core::CardToken& token) noexcept {
  return KeyBuilder(card_prefix).text(program.view()).text(token.view());
}

std::uint32_t checksum(std::string_view key, Bytes value) noexcept {
  return crc32c(value, crc32c(bytes_of(key)));
}

struct WriteFields {
  FieldWriter& out;

  void operator()(const core::Account& r) const {
    out.number(r.currency.numeric());
    out.enumerator(r.status);
    out.number(r.posted_minor);
    out.number(r.held_minor);
    out.optional(r.daily_limit_minor);
  }
  void operator()(const core::Card& r) const {
    out.number(r.account.value);
    out.enumerator(r.status);
    out.number(r.expires_at.unix_us);
    out.optional(r.transaction_limit_minor);
    out.optional(r.daily_limit_minor);
  }
  void operator()(const core::Hold& r) const {
    out.number(r.account.value);
    out.text(r.program.view());
    out.text(r.card.view());
    out.text(r.authorization.view());
    out.money(r.amount);
    out.enumerator(r.status);
    out.number(r.opened_at.unix_us);
  }
  void operator()(const core::Usage& r) const {
    out.number(r.day.days);
    out.number(r.amount_minor);
    out.number(r.count);
  }
  void operator()(const core::Idempotency& r) const {
    out.text(r.card.view());
    out.enumerator(r.kind);
    out.money(r.amount);
    out.decision(r.decision);
    out.number(r.hold.value);
    out.number(r.decided_at.unix_us);
  }
};

core::Account read_account(core::AccountId id, FieldReader& in) {
  core::Account r;
  r.id = id;
  r.currency = in.currency();
  r.status = in.enumerator(core::AccountStatus::closed);
  r.posted_minor = in.number<std::int64_t>();
  r.held_minor = in.number<std::int64_t>();
  r.daily_limit_minor = in.optional();
  return r;
}

core::Card read_card(const UsageOwner::CardOwner& owner, FieldReader& in) {
  core::Card r;
  r.program = owner.program;
  r.token = owner.card;
  r.account = {in.number<std::int64_t>()};
  r.status = in.enumerator(core::CardStatus::closed);
  r.expires_at = in.time();
  r.transaction_limit_minor = in.optional();
  r.daily_limit_minor = in.optional();
  return r;
}

core::Hold read_hold(core::HoldId id, FieldReader& in) {
  core::Hold r;
  r.id = id;
  r.account = {in.number<std::int64_t>()};
  r.program = in.identifier<core::ProgramId>();
  r.card = in.identifier<core::CardToken>();
  r.authorization = in.identifier<core::MessageId>();
  r.amount = in.money();
  r.status = in.enumerator(core::HoldStatus::expired);
  r.opened_at = in.time();
  return r;
}

core::Usage read_usage(const UsageOwner& owner, core::Window window, FieldReader& in) {
  core::Usage r;
  r.owner = owner;
  r.window = window;
  r.day = {in.number<std::int32_t>()};
  r.amount_minor = in.number<std::int64_t>();
  r.count = in.number<std::uint32_t>();
  return r;
}

core::Idempotency read_idempotency(FieldReader& key, FieldReader& in) {
  core::Idempotency r;
  r.program = key.identifier<core::ProgramId>();
  r.message = key.identifier<core::MessageId>();
  r.card = in.identifier<core::CardToken>();
  r.kind = in.enumerator(core::Kind::unsupported);
  r.amount = in.money();
  r.decision = in.decision();
  r.hold = {in.number<std::uint64_t>()};
  r.decided_at = in.time();
  return r;
}

std::uint64_t read_big_endian(FieldReader& key) noexcept {
  std::uint64_t value = 0;
  for (const std::byte b : key.raw(8)) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

// The part of an owner's key that follows the owner: the owner's own row, or a usage of it.
template <class ReadOwnerRow>
Row read_part(const UsageOwner& owner, FieldReader& key, FieldReader& in,
              ReadOwnerRow read_owner_row) {
  switch (static_cast<Part>(key.number<std::uint8_t>())) {
    case Part::owner: return read_owner_row();
    case Part::usage: return read_usage(owner, key.enumerator(core::Window::day), in);
  }
  key.fail();
  return {};
}

Row read_row(FieldReader& key, FieldReader& in) {
  const std::string_view prefix = text_of(key.raw(1));
  if (prefix == account_prefix) {
    const core::AccountId id{static_cast<std::int64_t>(read_big_endian(key))};
    return read_part({id}, key, in, [&] { return Row{read_account(id, in)}; });
  }
  if (prefix == card_prefix) {
    const auto program = key.identifier<core::ProgramId>();
    const UsageOwner::CardOwner owner{program, key.identifier<core::CardToken>()};
    return read_part({owner}, key, in, [&] { return Row{read_card(owner, in)}; });
  }
  if (prefix == hold_prefix) return read_hold({read_big_endian(key)}, in);
  if (prefix == idempotency_prefix) return read_idempotency(key, in);
  key.fail();
  return {};
}

}  // namespace

RowKey account_key(core::AccountId id) noexcept {
  return account_owner(id).part(Part::owner).key();
}

RowKey card_key(const core::ProgramId& program, const core::CardToken& token) noexcept {
  return card_owner(program, token).part(Part::owner).key();
}

RowKey hold_key(core::HoldId id) noexcept { return KeyBuilder(hold_prefix).number(id.value).key(); }

RowKey usage_key(const UsageOwner& owner, core::Window window) noexcept {
  const auto* const card = std::get_if<UsageOwner::CardOwner>(&owner.of);
  KeyBuilder builder = card != nullptr ? card_owner(card->program, card->card)
                                       : account_owner(std::get<core::AccountId>(owner.of));
  return builder.part(Part::usage).window(window).key();
}

RowKey idempotency_key(const core::ProgramId& program, const core::MessageId& message) noexcept {
  return KeyBuilder(idempotency_prefix).text(program.view()).text(message.view()).key();
}

RowKey key_of(const Row& row) noexcept {
  struct KeyOf {
    RowKey operator()(const core::Account& r) const { return account_key(r.id); }
    RowKey operator()(const core::Card& r) const { return card_key(r.program, r.token); }
    RowKey operator()(const core::Hold& r) const { return hold_key(r.id); }
    RowKey operator()(const core::Usage& r) const { return usage_key(r.owner, r.window); }
    RowKey operator()(const core::Idempotency& r) const {
      return idempotency_key(r.program, r.message);
    }
  };
  return std::visit(KeyOf{}, row);
}

std::string_view name(FormatError error) noexcept {
  switch (error) {
    case FormatError::malformed: return "malformed";
    case FormatError::version: return "unknown version";
    case FormatError::checksum: return "checksum mismatch";
  }
  return "unknown";
}

void encode_value(const RowKey& key, const Row& row, std::vector<std::byte>& out) {
  const std::size_t begin = out.size();
  FieldWriter writer(out);
  writer.number(row_version);
  std::visit(WriteFields{writer}, row);
  writer.number(checksum(key.view(), Bytes(out).subspan(begin)));
}

core::Result<Row, FormatError> decode_row(std::string_view key, Bytes value) {
  if (value.size() < sizeof row_version + crc_bytes) return Unexpected{FormatError::malformed};
  const Bytes fields = value.first(value.size() - crc_bytes);
  if (Decoder(value.last(crc_bytes)).number<std::uint32_t>() != checksum(key, fields)) {
    return Unexpected{FormatError::checksum};
  }
  FieldReader key_reader(bytes_of(key));
  FieldReader reader(fields);
  if (reader.number<std::uint8_t>() != row_version) return Unexpected{FormatError::version};
  const Row row = read_row(key_reader, reader);
  if (!key_reader.at_end() || !reader.at_end()) return Unexpected{FormatError::malformed};
  return row;
}

}  // namespace authd::store
