#include "store/format/rows.h"

#include <tuple>

#include "core/explanation.h"
#include "store/format/controls.h"
#include "store/format/fields.h"
#include "store/journal/crc32c.h"

namespace authd::store {

namespace {

using core::Row;
using core::Unexpected;

constexpr std::uint8_t row_version = 3;
constexpr std::size_t crc_bytes = 4;

// Every take may have been counted by every control.
constexpr std::size_t counted_max =
    core::Authorization::takes_max * core::Explanation::findings_max;

std::uint32_t checksum(std::string_view key, Bytes value) noexcept {
  return crc32c(value, crc32c(bytes_of(key)));
}

constexpr std::uint64_t bits_of(core::Timestamp time) noexcept {
  return static_cast<std::uint64_t>(time.unix_us);
}
constexpr core::Timestamp time_of(std::uint64_t bits) noexcept {
  return {static_cast<std::int64_t>(bits)};
}

void write_spent(FieldWriter& out, const core::Authorization& r) {
  core::Timestamp before = r.opened_at;
  write_list(out, r.takes, [&](const core::Take& take) {
    out.delta(bits_of(before), bits_of(take.at));
    out.amount(take.minor);
    before = take.at;
  });
  core::CounterId last;
  write_list(out, r.counted, [&](const core::Counted& counted) {
    const unsigned level = static_cast<unsigned>(counted.counts);
    out.number(static_cast<std::uint8_t>(level << 4 | (counted.take & 0xFU)));
    out.delta(last.value, counted.counter.value);
    last = counted.counter;
  });
}

void read_spent(FieldReader& in, core::Authorization& r) {
  core::Timestamp before = r.opened_at;
  read_list(in, r.takes, core::Authorization::takes_max, [&] {
    before = time_of(in.delta(bits_of(before)));
    return core::Take{before, in.amount()};
  });
  core::CounterId last;
  read_list(in, r.counted, counted_max, [&] {
    const auto head = in.number<std::uint8_t>();
    const core::Counted counted{static_cast<std::uint8_t>(head & 0xF),
                                static_cast<core::Level>(head >> 4),
                                {in.delta(last.value)}};
    const bool is_level =
        core::Level::program <= counted.counts && counted.counts <= core::level_last;
    if (!is_level || counted.take >= r.takes.size()) in.fail();
    last = counted.counter;
    return counted;
  });
}

struct WriteFields {
  FieldWriter& out;

  void operator()(const core::Account& r) const {
    out.currency(r.currency);
    out.enumerator(r.status);
    out.amount(r.posted_minor);
    out.amount(r.held_minor);
    out.amount(r.pending_credit_minor);
    out.amount(r.overdraft_minor);
    out.amount(r.minimum_minor);
    out.enumerator(r.kyc);
    out.flag(r.has_controls);
  }
  void operator()(const core::Card& r) const {
    out.zigzag(r.account.value);
    out.enumerator(r.status);
    out.time(r.active_from);
    out.time(r.expires_at);
    out.text(r.locked_to.view());
    out.flag(r.has_controls);
  }
  void operator()(const core::Authorization& r) const {
    out.text(r.program.view());
    out.text(r.key.view());
    out.text(r.card.view());
    out.zigzag(r.account.value);
    out.currency(r.currency);
    out.amount(r.approved_minor);
    out.amount(r.confirmed_minor);
    out.amount(r.adjusted_minor);
    out.amount(r.released_minor);
    out.amount(r.cleared_minor);
    out.amount(r.extra_minor);
    out.amount(r.credit_approved_minor);
    out.amount(r.credit_confirmed_minor);
    out.amount(r.credited_minor);
    out.optional(r.awaited_total_minor);
    out.enumerator(r.closure);
    out.time(r.opened_at);
    out.time(r.expires_at);
    out.zigzag(r.due_slot);
    out.varint(r.next_due.value);
    write_spent(out, r);
  }
  void operator()(const core::Usage& r) const {
    core::Tally before;
    write_list(out, r.tallies, [&](const core::Tally& tally) {
      out.varint(tally.counter.value - before.counter.value);
      out.delta(bits_of(before.begins_at), bits_of(tally.begins_at));
      out.amount(tally.minor);
      out.varint(tally.count);
      before = tally;
    });
  }
  void operator()(const core::Message& r) const {
    out.varint(r.authorization.value);
    out.flag(r.decided);
    out.enumerator(r.kind);
    if (r.decided) {
      out.text(r.card.view());
      out.money(r.amount);
      out.decision(r.decision);
      out.time(r.decided_at);
    }
    out.enumerator(r.notice);
    out.amount(r.approved_minor);
  }
  void operator()(const core::Notice& r) const {
    out.enumerator(r.kind);
    out.money(r.amount);
    out.varint(r.authorization.value);
    out.time(r.at);
  }
  void operator()(const core::ControlSet& r) const {
    write_list(out, r.controls, [&](const core::Control& control) { write(out, control); });
  }
  void operator()(const core::Program& r) const { write(out, r); }
  void operator()(const core::TimeZone& r) const { write(out, r); }
  void operator()(const core::DueSlot& r) const { out.varint(r.head.value); }
  void operator()(const core::DueCursor& r) const { out.zigzag(r.slot); }
  void operator()(const core::Transfer& r) const {
    out.enumerator(r.kind);
    out.zigzag(r.from.value);
    out.zigzag(r.to.value);
    out.money(r.amount);
    out.flag(r.reserve);
    out.flag(r.mirrored);
    out.enumerator(r.status);
    out.enumerator(r.reason);
    out.time(r.requested_at);
    out.time(r.changed_at);
    out.varint(r.begun_by.value);
  }
  void operator()(const core::MirrorMark& r) const {
    out.number(r.system_id);
    out.number(r.timeline);
    out.number(r.end_lsn);
    out.raw(std::as_bytes(std::span(r.incarnation)));
  }
};

void read_fields(FieldReader& in, core::Account& r) {
  r.currency = in.currency();
  r.status = in.enumerator(core::AccountStatus::closed);
  r.posted_minor = in.amount();
  r.held_minor = in.amount();
  r.pending_credit_minor = in.amount();
  r.overdraft_minor = in.amount();
  r.minimum_minor = in.amount();
  r.kyc = in.enumerator(core::kyc_last);
  r.has_controls = in.flag();
}

void read_fields(FieldReader& in, core::Card& r) {
  r.account = {in.zigzag()};
  r.status = in.enumerator(core::CardStatus::closed);
  r.active_from = in.time();
  r.expires_at = in.time();
  r.locked_to = in.inline_text<decltype(r.locked_to)>();
  r.has_controls = in.flag();
}

void read_fields(FieldReader& in, core::Authorization& r) {
  r.program = in.identifier<core::ProgramId>();
  r.key = in.identifier<core::MessageId>();
  r.card = in.optional_identifier<core::CardToken>();
  r.account = {in.zigzag()};
  r.currency = in.optional_currency();
  r.approved_minor = in.amount();
  r.confirmed_minor = in.amount();
  r.adjusted_minor = in.amount();
  r.released_minor = in.amount();
  r.cleared_minor = in.amount();
  r.extra_minor = in.amount();
  r.credit_approved_minor = in.amount();
  r.credit_confirmed_minor = in.amount();
  r.credited_minor = in.amount();
  r.awaited_total_minor = in.optional();
  r.closure = in.enumerator(core::closure_last);
  r.opened_at = in.time();
  r.expires_at = in.time();
  r.due_slot = in.zigzag();
  r.next_due = {in.varint()};
  read_spent(in, r);
}

void read_fields(FieldReader& in, core::Usage& r) {
  core::Tally before;
  read_list(in, r.tallies, core::Usage::tallies_max, [&] {
    core::Tally tally;
    tally.counter = {before.counter.value + in.varint()};
    tally.begins_at = time_of(in.delta(bits_of(before.begins_at)));
    tally.minor = in.amount();
    tally.count = in.varint<std::uint32_t>();
    const bool ascends = r.tallies.empty() || std::tie(before.counter, before.begins_at) <
                                                  std::tie(tally.counter, tally.begins_at);
    if (!ascends) in.fail();
    before = tally;
    return tally;
  });
}

void read_fields(FieldReader& in, core::Message& r) {
  r.authorization = {in.varint()};
  r.decided = in.flag();
  r.kind = in.enumerator(core::kind_last);
  if (r.decided) {
    r.card = in.identifier<core::CardToken>();
    r.amount = in.money();
    r.decision = in.decision();
    r.decided_at = in.time();
  }
  r.notice = in.enumerator(core::Message::Notice::declined);
  r.approved_minor = in.amount();
}

void read_fields(FieldReader& in, core::Notice& r) {
  r.kind = in.enumerator(core::event_kind_last);
  r.amount = in.money();
  r.authorization = {in.varint()};
  r.at = in.time();
}

void read_fields(FieldReader& in, core::ControlSet& r) {
  read_list(in, r.controls, core::ControlSet::controls_max, [&] {
    core::Control control = read_control(in);
    if (!r.controls.empty() && control.id <= r.controls.back().id) in.fail();
    return control;
  });
}

void read_fields(FieldReader& in, core::Program& r) { read(in, r); }
void read_fields(FieldReader& in, core::TimeZone& r) { read(in, r); }
void read_fields(FieldReader& in, core::DueSlot& r) { r.head = {in.varint()}; }
void read_fields(FieldReader& in, core::DueCursor& r) { r.slot = in.zigzag(); }

void read_fields(FieldReader& in, core::Transfer& r) {
  r.kind = in.enumerator(core::transfer_kind_last);
  r.from = {in.zigzag()};
  r.to = {in.zigzag()};
  r.amount = in.money();
  r.reserve = in.flag();
  r.mirrored = in.flag();
  r.status = in.enumerator(core::transfer_status_last);
  r.reason = in.reason();
  r.requested_at = in.time();
  r.changed_at = in.time();
  r.begun_by = {in.varint()};
  const bool is_declined = r.status == core::TransferStatus::declined;
  const bool has_reason = r.reason != core::Reason::approved;
  if (is_declined != has_reason || !core::is_valid(core::beginning_of(r))) in.fail();
}

void read_fields(FieldReader& in, core::MirrorMark& r) {
  r.system_id = in.number<std::uint64_t>();
  r.timeline = in.number<std::uint32_t>();
  r.end_lsn = in.number<std::uint64_t>();
  for (std::uint8_t& byte : r.incarnation) byte = in.number<std::uint8_t>();
}

template <class T>
core::Result<Row, FormatError> decode_as(std::string_view key, Bytes value) {
  core::Result<Row, FormatError> row = Row{std::in_place_type<T>};
  AUTHD_TRY_VOID(decode_row(key, value, std::get<T>(*row)));
  return row;
}

}  // namespace

std::string_view name(FormatError error) noexcept {
  switch (error) {
    case FormatError::malformed: return "malformed";
    case FormatError::version: return "unknown version";
    case FormatError::checksum: return "checksum mismatch";
  }
  return "unknown";
}

void encode_value(const RowKey& key, const Row& row, FieldWriter& out) {
  const std::size_t begin = out.size();
  out.number(row_version);
  std::visit(WriteFields{out}, row);
  out.number(checksum(key.view(), out.written_from(begin)));
}

void encode_value(const RowKey& key, const Row& row, std::vector<std::byte>& out) {
  FieldWriter writer(out);
  encode_value(key, row, writer);
}

template <class T>
core::Result<void, FormatError> decode_row(std::string_view key, Bytes value, T& row) {
  if (value.size() < sizeof row_version + crc_bytes) return Unexpected{FormatError::malformed};
  const Bytes fields = value.first(value.size() - crc_bytes);
  if (Decoder(value.last(crc_bytes)).number<std::uint32_t>() != checksum(key, fields)) {
    return Unexpected{FormatError::checksum};
  }
  FieldReader in(fields);
  if (in.number<std::uint8_t>() != row_version) return Unexpected{FormatError::version};
  if (!read_key(key, row)) return Unexpected{FormatError::malformed};
  read_fields(in, row);
  if (!in.at_end()) return Unexpected{FormatError::malformed};
  return {};
}

core::Result<Row, FormatError> decode_row(std::string_view key, Bytes value) {
  switch (kind_of_key(key)) {
    case RowKind::account: return decode_as<core::Account>(key, value);
    case RowKind::card: return decode_as<core::Card>(key, value);
    case RowKind::authorization: return decode_as<core::Authorization>(key, value);
    case RowKind::usage: return decode_as<core::Usage>(key, value);
    case RowKind::message: return decode_as<core::Message>(key, value);
    case RowKind::notice: return decode_as<core::Notice>(key, value);
    case RowKind::controls: return decode_as<core::ControlSet>(key, value);
    case RowKind::program: return decode_as<core::Program>(key, value);
    case RowKind::zone: return decode_as<core::TimeZone>(key, value);
    case RowKind::due_slot: return decode_as<core::DueSlot>(key, value);
    case RowKind::due_cursor: return decode_as<core::DueCursor>(key, value);
    case RowKind::transfer: return decode_as<core::Transfer>(key, value);
    case RowKind::mirror_mark: return decode_as<core::MirrorMark>(key, value);
    case RowKind::nothing: break;
  }
  return Unexpected{FormatError::malformed};
}

template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Account&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Card&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Authorization&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Usage&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Message&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Notice&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::ControlSet&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Program&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::TimeZone&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::DueSlot&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::DueCursor&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::Transfer&);
template core::Result<void, FormatError> decode_row(std::string_view, Bytes, core::MirrorMark&);

void encode_control(const core::Control& control, std::vector<std::byte>& out) {
  FieldWriter writer(out);
  write(writer, control);
}

core::Result<core::Control, FormatError> decode_control(Bytes bytes) {
  FieldReader in(bytes);
  core::Control control = read_control(in);
  if (!in.at_end()) return Unexpected{FormatError::malformed};
  return control;
}

void encode_spent(const core::Authorization& authorization, std::vector<std::byte>& out) {
  out.clear();
  FieldWriter writer(out);
  write_spent(writer, authorization);
}

bool decode_spent(Bytes bytes, core::Authorization& authorization) {
  FieldReader in(bytes);
  read_spent(in, authorization);
  return in.at_end();
}

}  // namespace authd::store
