#include "store/mirror/pgoutput.h"

#include <algorithm>
#include <concepts>
#include <cstring>

#include "store/postgres/encoding.h"

namespace authd::store::pgoutput {

namespace {

// Reads from the front. What is not there reads as zeros and makes ok() false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  template <std::integral T>
  T number() noexcept {
    T value{};
    const std::string_view taken = take(sizeof value);
    if (taken.size() == sizeof value) std::memcpy(&value, taken.data(), sizeof value);
    return big_endian(value);
  }
  char letter() noexcept { return static_cast<char>(number<std::uint8_t>()); }
  core::Timestamp time() noexcept { return from_pg_time(number<std::int64_t>()); }

  // Up to a zero byte.
  std::string text() {
    const std::string_view rest = text_of(bytes_.subspan(at_));
    const std::size_t size = rest.find('\0');
    expect(size != std::string_view::npos);
    std::string result(take(ok_ ? size : 0));
    take(1);
    return result;
  }
  std::string_view sized_text() noexcept {
    const auto size = number<std::int32_t>();
    expect(size >= 0);
    return take(ok_ ? static_cast<std::size_t>(size) : 0);
  }

  void expect(bool condition) noexcept { ok_ = ok_ && condition; }
  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return at_ == bytes_.size(); }
  std::size_t offset() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }

 private:
  std::string_view take(std::size_t size) noexcept {
    expect(size <= left());
    if (!ok_) return {};
    at_ += size;
    return text_of(bytes_.subspan(at_ - size, size));
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::size_t read_column_count(Reader& in) noexcept {
  const auto count = static_cast<std::size_t>(in.number<std::uint16_t>());
  in.expect(count <= columns_max);
  return in.ok() ? count : 0;
}

Value read_value(Reader& in) noexcept {
  Value value;
  switch (in.letter()) {
    case 'n': value.kind = Value::Kind::null; break;
    case 'u': value.kind = Value::Kind::unchanged; break;
    case 't':
      value.kind = Value::Kind::text;
      value.text = in.sized_text();
      break;
    default: in.expect(false);  // 'b', binary, was not asked for
  }
  return value;
}

Tuple read_tuple(Reader& in) {
  Tuple tuple;
  for (std::size_t left = read_column_count(in); left > 0 && in.ok(); --left) {
    tuple.push_back(read_value(in));
  }
  return tuple;
}

Begin read_begin(Reader& in) {
  Begin r;
  r.commit_lsn = in.number<Lsn>();
  r.committed_at = in.time();
  r.xid = in.number<std::uint32_t>();
  return r;
}

Commit read_commit(Reader& in) {
  Commit r;
  in.expect(in.number<std::uint8_t>() == 0);  // flags: none are defined
  r.commit_lsn = in.number<Lsn>();
  r.end_lsn = in.number<Lsn>();
  r.committed_at = in.time();
  return r;
}

Origin read_origin(Reader& in) {
  Origin r;
  r.lsn = in.number<Lsn>();
  r.name = in.text();
  return r;
}

Relation read_relation(Reader& in) {
  Relation r;
  r.id = in.number<std::uint32_t>();
  r.schema = in.text();
  r.name = in.text();
  r.replica_identity = in.letter();
  for (std::size_t left = read_column_count(in); left > 0 && in.ok(); --left) {
    Relation::Column column;
    column.is_key = (in.number<std::uint8_t>() & 1U) != 0;
    column.name = in.text();
    column.type = in.number<std::uint32_t>();
    static_cast<void>(in.number<std::int32_t>());  // the type's modifier
    r.columns.push_back(std::move(column));
  }
  return r;
}

Type read_type(Reader& in) {
  Type r;
  r.id = in.number<std::uint32_t>();
  r.schema = in.text();
  r.name = in.text();
  return r;
}

Insert read_insert(Reader& in) {
  Insert r;
  r.relation = in.number<std::uint32_t>();
  in.expect(in.letter() == 'N');
  r.row = read_tuple(in);
  return r;
}

Update read_update(Reader& in) {
  Update r;
  r.relation = in.number<std::uint32_t>();
  char next = in.letter();
  if (next == 'K' || next == 'O') {
    (next == 'K' ? r.old_key : r.old_row) = read_tuple(in);
    next = in.letter();
  }
  in.expect(next == 'N');
  r.row = read_tuple(in);
  return r;
}

Delete read_delete(Reader& in) {
  Delete r;
  r.relation = in.number<std::uint32_t>();
  const char which = in.letter();
  in.expect(which == 'K' || which == 'O');
  r.is_whole_row = which == 'O';
  r.old = read_tuple(in);
  return r;
}

Truncate read_truncate(Reader& in) {
  Truncate r;
  const auto count = in.number<std::uint32_t>();
  static_cast<void>(in.number<std::uint8_t>());  // CASCADE, RESTART IDENTITY: all tables are listed
  in.expect(count <= in.left() / sizeof count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    r.relations.push_back(in.number<std::uint32_t>());
  }
  return r;
}

Message read_message(Reader& in) {
  Message r;
  r.transactional = (in.number<std::uint8_t>() & 1U) != 0;
  r.lsn = in.number<Lsn>();
  r.prefix = in.text();
  r.content = in.sized_text();
  return r;
}

Any read_any(Reader& in) {
  switch (in.letter()) {
    case 'B': return read_begin(in);
    case 'C': return read_commit(in);
    case 'O': return read_origin(in);
    case 'R': return read_relation(in);
    case 'Y': return read_type(in);
    case 'I': return read_insert(in);
    case 'U': return read_update(in);
    case 'D': return read_delete(in);
    case 'T': return read_truncate(in);
    case 'M': return read_message(in);
    default: break;
  }
  in.expect(false);
  return Begin{};
}

}  // namespace

core::Result<Any, Malformed> decode(Bytes message) {
  Reader in(message);
  Any any = read_any(in);
  if (!in.ok() || !in.at_end()) return core::Unexpected{Malformed{in.offset()}};
  return any;
}

}  // namespace authd::store::pgoutput
