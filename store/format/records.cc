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

// The command of a record that set up its only row.
template <class SetUp, class SetUpRow>
void read_set_up(FieldReader& in, Record& record) {
  const auto* const row =
      record.rows.size() == 1 ? std::get_if<SetUpRow>(&record.rows.front()) : nullptr;
  if (row == nullptr) return in.fail();
  record.command = SetUp{*row};
  record.outcome = core::Setup::done;
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
