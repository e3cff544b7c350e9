#include "store/format/keys.h"

#include <array>

#include "store/format/fields.h"

namespace authd::store {

namespace {

using core::Owner;

enum class Part : std::uint8_t { itself = 0, usage = 1, controls = 2 };

// Keys are at most 1 + 33 + 65 + 1 bytes.
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
  RowKey key() const noexcept { return *RowKey::from({bytes_.data(), size_}); }

 private:
  void byte(std::uint64_t value) noexcept { bytes_[size_++] = static_cast<char>(value); }
  void append(std::string_view text) noexcept {
    std::copy(text.begin(), text.end(), bytes_.begin() + size_);
    size_ += text.size();
  }

  std::array<char, RowKey::size_max> bytes_;
  std::size_t size_ = 0;
};

// Reads a key from its front. What is missing or does not exist fails it.
class KeyReader : public FieldReader {
 public:
  explicit KeyReader(std::string_view key) noexcept : FieldReader(bytes_of(key)) {}

  void prefix(std::string_view wanted) noexcept {
    if (text_of(raw(1)) != wanted) fail();
  }
  std::uint64_t big_endian() noexcept {
    std::uint64_t value = 0;
    for (const std::byte b : raw(8)) value = value << 8 | std::to_integer<std::uint64_t>(b);
    return value;
  }
  core::AccountId account() noexcept {
    const core::AccountId id{static_cast<std::int64_t>(big_endian())};
    if (id.value < 1) fail();
    return id;
  }
  void part(Part wanted) noexcept {
    if (number<std::uint8_t>() != static_cast<std::uint8_t>(wanted)) fail();
  }
};

KeyBuilder of_account(core::AccountId id) noexcept {
  return KeyBuilder(account_prefix).number(static_cast<std::uint64_t>(id.value));
}

KeyBuilder of_card(const core::ProgramId& program, const core::CardToken& token) noexcept {
  return KeyBuilder(card_prefix).text(program.view()).text(token.view());
}

KeyBuilder of_program(const core::ProgramId& id) noexcept {
  return KeyBuilder(program_prefix).text(id.view());
}

KeyBuilder of_owner(const Owner& owner) noexcept {
  if (const auto* const program = std::get_if<core::ProgramId>(&owner.of)) {
    return of_program(*program);
  }
  if (const auto* const account = std::get_if<core::AccountId>(&owner.of)) {
    return of_account(*account);
  }
  const auto& card = std::get<Owner::CardOwner>(owner.of);
  return of_card(card.program, card.card);
}

Owner::CardOwner read_card(KeyReader& in) noexcept {
  Owner::CardOwner card;
  in.prefix(card_prefix);
  card.program = in.identifier<core::ProgramId>();
  card.card = in.identifier<core::CardToken>();
  return card;
}

bool read_owner(std::string_view key, Part part, Owner& owner) noexcept {
  KeyReader in(key);
  const std::string_view prefix = key.substr(0, 1);
  if (prefix == account_prefix) {
    in.prefix(account_prefix);
    owner.of = in.account();
  } else if (prefix == program_prefix) {
    in.prefix(program_prefix);
    owner.of = in.identifier<core::ProgramId>();
  } else {
    owner.of = read_card(in);
  }
  in.part(part);
  return in.at_end();
}

RowKind kind_of_part(std::string_view key, RowKind itself) noexcept {
  switch (static_cast<Part>(key.back())) {
    case Part::itself: return itself;
    case Part::usage: return RowKind::usage;
    case Part::controls: return RowKind::controls;
  }
  return RowKind::nothing;
}

}  // namespace

RowKey account_key(core::AccountId id) noexcept { return of_account(id).part(Part::itself).key(); }

RowKey card_key(const core::ProgramId& program, const core::CardToken& token) noexcept {
  return of_card(program, token).part(Part::itself).key();
}

RowKey program_key(const core::ProgramId& id) noexcept {
  return of_program(id).part(Part::itself).key();
}

RowKey usage_key(const Owner& owner) noexcept { return of_owner(owner).part(Part::usage).key(); }

RowKey controls_key(const Owner& owner) noexcept {
  return of_owner(owner).part(Part::controls).key();
}

RowKey authorization_key(core::AuthorizationId id) noexcept {
  return KeyBuilder(authorization_prefix).number(id.value).key();
}

RowKey message_key(const core::ProgramId& program, const core::MessageId& id) noexcept {
  return KeyBuilder(message_prefix).text(program.view()).text(id.view()).key();
}

RowKey notice_key(const core::ProgramId& program, const core::MessageId& id) noexcept {
  return KeyBuilder(notice_prefix).text(program.view()).text(id.view()).key();
}

RowKey zone_key(const core::ZoneName& name) noexcept {
  return KeyBuilder(zone_prefix).text(name.view()).key();
}

RowKey due_slot_key(std::int64_t slot) noexcept {
  return KeyBuilder(due_slot_prefix).number(static_cast<std::uint64_t>(slot)).key();
}

RowKey due_cursor_key() noexcept { return KeyBuilder(due_cursor_prefix).key(); }

RowKey transfer_key(const core::ProgramId& program, const core::MessageId& id) noexcept {
  return KeyBuilder(transfer_prefix).text(program.view()).text(id.view()).key();
}

RowKey mirror_mark_key() noexcept { return KeyBuilder(mirror_mark_prefix).key(); }

RowKey key_of(const core::Row& row) noexcept {
  struct KeyOf {
    RowKey operator()(const core::Account& r) const { return account_key(r.id); }
    RowKey operator()(const core::Card& r) const { return card_key(r.program, r.token); }
    RowKey operator()(const core::Authorization& r) const { return authorization_key(r.id); }
    RowKey operator()(const core::Usage& r) const { return usage_key(r.owner); }
    RowKey operator()(const core::Message& r) const { return message_key(r.program, r.id); }
    RowKey operator()(const core::Notice& r) const { return notice_key(r.program, r.id); }
    RowKey operator()(const core::ControlSet& r) const { return controls_key(r.owner); }
    RowKey operator()(const core::Program& r) const { return program_key(r.id); }
    RowKey operator()(const core::TimeZone& r) const { return zone_key(r.name); }
    RowKey operator()(const core::DueSlot& r) const { return due_slot_key(r.slot); }
    RowKey operator()(const core::DueCursor&) const { return due_cursor_key(); }
    RowKey operator()(const core::Transfer& r) const { return transfer_key(r.program, r.id); }
    RowKey operator()(const core::MirrorMark&) const { return mirror_mark_key(); }
  };
  return std::visit(KeyOf{}, row);
}

RowKind kind_of_key(std::string_view key) noexcept {
  if (key.empty()) return RowKind::nothing;
  switch (key.front()) {
    case 'A': return kind_of_part(key, RowKind::account);
    case 'C': return kind_of_part(key, RowKind::card);
    case 'P': return kind_of_part(key, RowKind::program);
    case 'H': return RowKind::authorization;
    case 'M': return RowKind::message;
    case 'N': return RowKind::notice;
    case 'Z': return RowKind::zone;
    case 'D': return RowKind::due_slot;
    case 'E': return RowKind::due_cursor;
    case 'T': return RowKind::transfer;
    case 'W': return RowKind::mirror_mark;
    default: return RowKind::nothing;
  }
}

bool read_key(std::string_view key, core::Account& row) noexcept {
  KeyReader in(key);
  in.prefix(account_prefix);
  row.id = in.account();
  in.part(Part::itself);
  return in.at_end();
}

bool read_key(std::string_view key, core::Card& row) noexcept {
  KeyReader in(key);
  const Owner::CardOwner card = read_card(in);
  row.program = card.program;
  row.token = card.card;
  in.part(Part::itself);
  return in.at_end();
}

bool read_key(std::string_view key, core::Program& row) noexcept {
  KeyReader in(key);
  in.prefix(program_prefix);
  row.id = in.identifier<core::ProgramId>();
  in.part(Part::itself);
  return in.at_end();
}

bool read_key(std::string_view key, core::Usage& row) noexcept {
  return read_owner(key, Part::usage, row.owner);
}

bool read_key(std::string_view key, core::ControlSet& row) noexcept {
  return read_owner(key, Part::controls, row.owner);
}

bool read_key(std::string_view key, core::Authorization& row) noexcept {
  KeyReader in(key);
  in.prefix(authorization_prefix);
  row.id = {in.big_endian()};
  return in.at_end();
}

bool read_key(std::string_view key, core::Message& row) noexcept {
  KeyReader in(key);
  in.prefix(message_prefix);
  row.program = in.identifier<core::ProgramId>();
  row.id = in.identifier<core::MessageId>();
  return in.at_end();
}

bool read_key(std::string_view key, core::Notice& row) noexcept {
  KeyReader in(key);
  in.prefix(notice_prefix);
  row.program = in.identifier<core::ProgramId>();
  row.id = in.identifier<core::MessageId>();
  return in.at_end();
}

bool read_key(std::string_view key, core::TimeZone& row) noexcept {
  KeyReader in(key);
  in.prefix(zone_prefix);
  row.name = in.inline_text<core::ZoneName>();
  return in.at_end();
}

bool read_key(std::string_view key, core::DueSlot& row) noexcept {
  KeyReader in(key);
  in.prefix(due_slot_prefix);
  row.slot = static_cast<std::int64_t>(in.big_endian());
  return in.at_end();
}

bool read_key(std::string_view key, core::DueCursor&) noexcept { return key == due_cursor_prefix; }

bool read_key(std::string_view key, core::Transfer& row) noexcept {
  KeyReader in(key);
  in.prefix(transfer_prefix);
  row.program = in.identifier<core::ProgramId>();
  row.id = in.identifier<core::MessageId>();
  return in.at_end();
}

bool read_key(std::string_view key, core::MirrorMark&) noexcept {
  return key == mirror_mark_prefix;
}

}  // namespace authd::store
