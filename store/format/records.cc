#include "store/format/records.h"

#include "store/format/fields.h"

namespace authd::store {

namespace {

using core::Unexpected;

void write_request(FieldWriter& out, const core::Request& r) {
  out.text(r.program.view());
  out.text(r.message.view());
  out.text(r.increments.view());
  out.text(r.card.view());
  out.enumerator(r.kind);
  out.money(r.amount);
  out.number(r.merchant.mcc);
  out.text(r.merchant.id.view());
  out.text(r.merchant.name.view());
  out.text(r.merchant.country.view());
}

core::Request read_request(FieldReader& in) {
  core::Request r;
  r.program = in.identifier<core::ProgramId>();
  r.message = in.identifier<core::MessageId>();
  r.increments = in.optional_identifier<core::MessageId>();
  r.card = in.identifier<core::CardToken>();
  r.kind = in.enumerator(core::Kind::unsupported);
  r.amount = in.money();
  r.merchant.mcc = in.number<std::uint16_t>();
  r.merchant.id = in.inline_text<decltype(r.merchant.id)>();
  r.merchant.name = in.inline_text<decltype(r.merchant.name)>();
  r.merchant.country = in.inline_text<decltype(r.merchant.country)>();
  return r;
}

// An account or card that was opened is its own after-image: nothing is written twice.
struct WriteCommand {
  FieldWriter& out;
  const core::Outcome& outcome;

  void operator()(const core::Request& request) const {
    const auto& answer = std::get<core::Answer>(outcome);
    AUTHD_ASSERT(answer.origin == core::Answer::Origin::decided);
    write_request(out, request);
    out.decision(answer.decision);
    out.number(answer.hold.value);
  }
  void operator()(const core::OpenAccount&) const {
    AUTHD_ASSERT(std::get<core::Opening>(outcome) == core::Opening::created);
  }
  void operator()(const core::IssueCard&) const {
    AUTHD_ASSERT(std::get<core::Opening>(outcome) == core::Opening::created);
  }
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
  if (!in.ok()) return Unexpected{FormatError::malformed};
  return images;
}

// The command of a record that opened something, from its only row.
template <class Opened, class OpenedRow>
core::Result<Record, FormatError> opened(std::vector<core::Row> rows) {
  if (rows.size() != 1 || !std::holds_alternative<OpenedRow>(rows.front())) {
    return Unexpected{FormatError::malformed};
  }
  core::Command command = Opened{std::get<OpenedRow>(rows.front())};
  return Record{std::move(command), core::Opening::created, std::move(rows)};
}

}  // namespace

RecordKind kind_of(const core::Command& command) noexcept {
  struct KindOf {
    RecordKind operator()(const core::Request&) const { return RecordKind::request; }
    RecordKind operator()(const core::OpenAccount&) const { return RecordKind::account_opened; }
    RecordKind operator()(const core::IssueCard&) const { return RecordKind::card_issued; }
  };
  return std::visit(KindOf{}, command);
}

void encode_record(const core::Command& command, const core::Applied& applied,
                   std::vector<std::byte>& payload) {
  AUTHD_ASSERT(!applied.changes.empty());
  payload.clear();
  FieldWriter out(payload);
  out.number(static_cast<std::uint8_t>(applied.changes.rows().size()));
  for (const core::Row& row : applied.changes.rows()) {
    const RowKey key = key_of(row);
    out.text(key.view());
    const std::size_t size_at = payload.size();
    out.number(std::uint16_t{0});
    encode_value(key, row, payload);
    const auto size = static_cast<std::uint16_t>(payload.size() - size_at - sizeof(std::uint16_t));
    std::memcpy(&payload[size_at], &size, sizeof size);
  }
  std::visit(WriteCommand{out, applied.outcome}, command);
}

core::Result<RowImages, FormatError> decode_images(Bytes payload) {
  Decoder in(payload);
  return read_images(in);
}

core::Result<Record, FormatError> decode_record(std::uint16_t kind, std::uint16_t version,
                                                core::Timestamp at, Bytes payload) {
  if (version != record_version) return Unexpected{FormatError::version};
  FieldReader in(payload);
  AUTHD_TRY(images, read_images(in));
  std::vector<core::Row> rows;
  rows.reserve(images.size());
  for (const RowImage& image : images) {
    AUTHD_TRY(row, decode_row(image.key, image.value));
    rows.push_back(row);
  }

  switch (static_cast<RecordKind>(kind)) {
    case RecordKind::request: {
      const core::Request request = read_request(in);
      core::Answer answer;
      answer.decision = in.decision();
      answer.hold = {in.number<std::uint64_t>()};
      answer.decided_at = at;
      if (!in.at_end()) return Unexpected{FormatError::malformed};
      return Record{request, answer, std::move(rows)};
    }
    case RecordKind::account_opened:
      if (!in.at_end()) return Unexpected{FormatError::malformed};
      return opened<core::OpenAccount, core::Account>(std::move(rows));
    case RecordKind::card_issued:
      if (!in.at_end()) return Unexpected{FormatError::malformed};
      return opened<core::IssueCard, core::Card>(std::move(rows));
  }
  return Unexpected{FormatError::malformed};
}

}  // namespace authd::store
