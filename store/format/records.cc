#include "store/format/records.h"

#include "store/format/commands.h"

namespace authd::store {

namespace {

using core::Unexpected;

struct WriteCommand {
  FieldWriter& out;
  const core::Moment& moment;
  const core::Applied& applied;

  void operator()(const core::Request& request) const {
    out.amount(moment.exposure_minor);
    out.zigzag(moment.mirror_age_us);
    out.flag(moment.past_deadline);
    write(out, request);
    write(out, std::get<core::Answer>(applied.outcome));
    write(out, applied.explanation);
  }
  void operator()(const core::Event& event) const {
    write(out, event);
    write_booking();
  }
  void operator()(const core::Abandon& abandon) const {
    write(out, abandon);
    write_booking();
  }
  void operator()(const core::ExpireNext&) const { write_booking(); }
  void operator()(const core::ChangeAccount& change) const { write(out, change); }
  void operator()(const core::ChangeCard& change) const { write(out, change); }
  void operator()(const core::SetControl& set) const { write(out, set); }
  void operator()(const core::RemoveControl& remove) const { write(out, remove); }
  void operator()(const core::OpenAccount&) const {}
  void operator()(const core::IssueCard&) const {}
  void operator()(const core::ConfigureProgram&) const {}
  void operator()(const core::DefineZone&) const {}
  void operator()(const core::MoveMoney&) const { write_moved(); }
  void operator()(const core::AdvanceTransfer&) const { write_moved(); }
  void operator()(const core::MirrorAccount& mirror) const {
    out.amount(mirror.account.posted_minor);
  }
  void operator()(const core::MirrorCard&) const {}
  void operator()(const core::MirrorControl& mirror) const { write(out, mirror); }
  void operator()(const core::MirrorRemoval& removal) const { write(out, removal); }
  void operator()(const core::MirrorMark&) const {}

  void write_moved() const { write(out, std::get<core::Moved>(applied.outcome)); }
  void write_booking() const { write(out, std::get<core::Booking>(applied.outcome)); }
};

core::Result<RowImages, FormatError> read_images(Decoder& in) {
  RowImages images;
  const auto count = in.number<std::uint8_t>();
  for (unsigned i = 0; i < count; ++i) {
    const std::string_view key = in.text();
    const Bytes value = in.raw(in.number<std::uint16_t>());
    if (!in.ok() || images.full()) return Unexpected{FormatError::malformed};
    images.add({key, value});
  }
  if (images.size() == 0) return Unexpected{FormatError::malformed};
  return images;
}

// The only row of a record, if it is of this kind.
template <class SetUpRow>
const SetUpRow* only_row(const Record& record) noexcept {
  return record.rows.size() == 1 ? std::get_if<SetUpRow>(&record.rows.front()) : nullptr;
}

// The command of a record that set up its only row.
template <class SetUp, class SetUpRow>
void read_set_up(FieldReader& in, Record& record) {
  const auto* const row = only_row<SetUpRow>(record);
  if (row == nullptr) return in.fail();
  record.command = SetUp{*row};
  record.outcome = core::Setup::done;
}

// What the state keeps in an account or a card itself is not part of what was mirrored.
void read_account_mirrored(FieldReader& in, Record& record) {
  const auto* const row = only_row<core::Account>(record);
  if (row == nullptr) return in.fail();
  core::MirrorAccount mirror{*row};
  mirror.account.posted_minor = in.amount();
  mirror.account.held_minor = 0;
  mirror.account.pending_credit_minor = 0;
  mirror.account.has_controls = false;
  record.command = mirror;
  record.outcome = core::Setup::done;
}

void read_card_mirrored(FieldReader& in, Record& record) {
  const auto* const row = only_row<core::Card>(record);
  if (row == nullptr) return in.fail();
  core::MirrorCard mirror{*row};
  mirror.card.locked_to = {};
  mirror.card.has_controls = false;
  record.command = mirror;
  record.outcome = core::Setup::done;
}

// `command_of`: the command that leads to the transfer.
template <class CommandOf>
void read_moved_record(FieldReader& in, Record& record, CommandOf command_of) {
  const auto* const transfer = std::get_if<core::Transfer>(&record.rows.back());
  if (transfer == nullptr) return in.fail();
  record.command = command_of(*transfer);
  record.outcome = read_moved(in, *transfer);
}

core::AdvanceTransfer advance_of(const core::Transfer& transfer) noexcept {
  return {transfer.program, transfer.id, transfer.status};
}

void read_request_record(FieldReader& in, Record& record) {
  record.moment.exposure_minor = in.amount();
  record.moment.mirror_age_us = in.zigzag();
  record.moment.past_deadline = in.flag();
  record.command = read_request(in);
  record.outcome = read_answer(in, record.moment.at);
  record.explanation = read_explanation(in);
}

void read_command(RecordKind kind, FieldReader& in, Record& record) {
  const auto changed = [&record](core::Command command) {
    record.command = std::move(command);
    record.outcome = core::Setup::done;
  };
  const auto booked = [&](core::Command command) {
    record.command = std::move(command);
    record.outcome = read_booking(in);
  };
  switch (kind) {
    case RecordKind::request: return read_request_record(in, record);
    case RecordKind::event: return booked(read_event(in));
    case RecordKind::expiry: return booked(core::ExpireNext{});
    case RecordKind::abandoned: return booked(read_abandon(in));
    case RecordKind::account_opened:
      return read_set_up<core::OpenAccount, core::Account>(in, record);
    case RecordKind::card_issued: return read_set_up<core::IssueCard, core::Card>(in, record);
    case RecordKind::program_configured:
      return read_set_up<core::ConfigureProgram, core::Program>(in, record);
    case RecordKind::zone_defined: return read_set_up<core::DefineZone, core::TimeZone>(in, record);
    case RecordKind::account_changed: return changed(read_account_change(in));
    case RecordKind::card_changed: return changed(read_card_change(in));
    case RecordKind::control_set: return changed(read_set_control(in));
    case RecordKind::control_removed: return changed(read_remove_control(in));
    case RecordKind::transfer_begun: return read_moved_record(in, record, core::beginning_of);
    case RecordKind::transfer_advanced: return read_moved_record(in, record, advance_of);
    case RecordKind::account_mirrored: return read_account_mirrored(in, record);
    case RecordKind::card_mirrored: return read_card_mirrored(in, record);
    case RecordKind::control_mirrored: return changed(read_mirror_control(in));
    case RecordKind::control_removal_mirrored: return changed(read_mirror_removal(in));
    case RecordKind::mirror_marked:
      return read_set_up<core::MirrorMark, core::MirrorMark>(in, record);
  }
  in.fail();
}

}  // namespace

RecordKind kind_of(const core::Command& command) noexcept {
  struct KindOf {
    RecordKind operator()(const core::Request&) const { return RecordKind::request; }
    RecordKind operator()(const core::Event&) const { return RecordKind::event; }
    RecordKind operator()(const core::OpenAccount&) const { return RecordKind::account_opened; }
    RecordKind operator()(const core::IssueCard&) const { return RecordKind::card_issued; }
    RecordKind operator()(const core::ChangeAccount&) const { return RecordKind::account_changed; }
    RecordKind operator()(const core::ChangeCard&) const { return RecordKind::card_changed; }
    RecordKind operator()(const core::SetControl&) const { return RecordKind::control_set; }
    RecordKind operator()(const core::RemoveControl&) const { return RecordKind::control_removed; }
    RecordKind operator()(const core::ConfigureProgram&) const {
      return RecordKind::program_configured;
    }
    RecordKind operator()(const core::DefineZone&) const { return RecordKind::zone_defined; }
    RecordKind operator()(const core::ExpireNext&) const { return RecordKind::expiry; }
    RecordKind operator()(const core::Abandon&) const { return RecordKind::abandoned; }
    RecordKind operator()(const core::MoveMoney&) const { return RecordKind::transfer_begun; }
    RecordKind operator()(const core::AdvanceTransfer&) const {
      return RecordKind::transfer_advanced;
    }
    RecordKind operator()(const core::MirrorAccount&) const { return RecordKind::account_mirrored; }
    RecordKind operator()(const core::MirrorCard&) const { return RecordKind::card_mirrored; }
    RecordKind operator()(const core::MirrorControl&) const { return RecordKind::control_mirrored; }
    RecordKind operator()(const core::MirrorRemoval&) const {
      return RecordKind::control_removal_mirrored;
    }
    RecordKind operator()(const core::MirrorMark&) const { return RecordKind::mirror_marked; }
  };
  return std::visit(KindOf{}, command);
}

void encode_record(const core::Command& command, const core::Moment& moment,
                   const core::Applied& applied, std::vector<std::byte>& payload) {
  payload.clear();
  FieldWriter out(payload);
  out.number(static_cast<std::uint8_t>(applied.rows.size()));
  for (const core::Row& row : applied.rows) {
    const RowKey key = key_of(row);
    out.text(key.view());
    const std::size_t size_at = out.size();
    out.number(std::uint16_t{0});
    const std::size_t begin = out.size();
    encode_value(key, row, out);
    // A value that needs more than 16 bits makes a payload that fits no journal.
    out.patch(size_at, static_cast<std::uint16_t>(out.size() - begin));
  }
  std::visit(WriteCommand{out, moment, applied}, command);
}

core::Result<RowImages, FormatError> decode_images(Bytes payload) {
  Decoder in(payload);
  return read_images(in);
}

core::Result<Record, FormatError> decode_record(std::uint16_t kind, std::uint16_t version,
                                                core::Moment moment, Bytes payload) {
  if (version != record_version) return Unexpected{FormatError::version};
  FieldReader in(payload);
  AUTHD_TRY(images, read_images(in));
  core::Result<Record, FormatError> decoded = Record{};
  Record& record = *decoded;
  record.moment = moment;
  record.rows.reserve(images.size());
  for (const RowImage& image : images) {
    AUTHD_TRY(row, decode_row(image.key, image.value));
    record.rows.push_back(std::move(row));
  }
  read_command(static_cast<RecordKind>(kind), in, record);
  if (!in.at_end()) return Unexpected{FormatError::malformed};
  return decoded;
}

void encode_explanation(const core::Explanation& explanation, std::vector<std::byte>& out) {
  FieldWriter writer(out);
  write(writer, explanation);
}

core::Result<core::Explanation, FormatError> decode_explanation(Bytes bytes) {
  FieldReader in(bytes);
  core::Explanation explanation = read_explanation(in);
  if (!in.at_end()) return Unexpected{FormatError::malformed};
  return explanation;
}

}  // namespace authd::store
