// Rows as bytes, as the overlay, the snapshot and the journal's after-images hold them under the
// keys of keys.h.
//
// Values: version:1 = 3, the fields that are not in the key in the order of core/rows.h, crc32c:4
// over key and value. Amounts and account numbers are zigzags, the ids of authorizations and
// counters varints (bytes.h, fields.h, controls.h), and:
//
//   authorization  takes: count, then of each the delta of its time to the one before, first to
//                  opened_at, and its amount. counted: count, then of each its take in the lower
//                  and its level in the upper four bits of a byte, and the delta of the counter to
//                  the one before, first to 0
//   usage          count of the tallies, then of each how far its counter is beyond the one before
//                  (varint), the delta of its time to the one before, both first to 0, its amount,
//                  and its count (varint)
//   message        kind after `decided`; of one that is not decided: authorization, flag 0, kind,
//                  notice, approved_minor alone
//   program, zone, controls  see controls.h
//   mirror_mark    its numbers in their widths
//
// Takes and tallies are written with every decision: hence the differences.
//
// A change of a layout takes a new version number. tests/store/golden pins them. Versions 1 and 2
// were never released and are refused.

#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/rows.h"
#include "store/format/bytes.h"
#include "store/format/keys.h"

namespace authd::store {

class FieldWriter;

enum class FormatError : std::uint8_t {
  malformed = 1,  // too short, too long, or a field holds a value that does not exist
  version = 2,    // written by another version of the program
  checksum = 3,   // the CRC does not fit
};
std::string_view name(FormatError error) noexcept;

// Appends the value of `row`, whose key is `key`, to `out`. A row that is out of its bounds (see
// core/rows.h) is written as it is and refused when it is read.
void encode_value(const RowKey& key, const core::Row& row, std::vector<std::byte>& out);
void encode_value(const RowKey& key, const core::Row& row, FieldWriter& out);

// The row that was stored under `key`. Never trusts the bytes: whatever is not a row is an error.
core::Result<core::Row, FormatError> decode_row(std::string_view key, Bytes value);

// The same when it must be a row of this kind, without the detour over the variant. `row` is fresh;
// after an error it is anything. For the alternatives of core::Row.
template <class T>
core::Result<void, FormatError> decode_row(std::string_view key, Bytes value, T& row);

// One control by itself, as it stands in the rows of control sets, and back.
void encode_control(const core::Control& control, std::vector<std::byte>& out);
core::Result<core::Control, FormatError> decode_control(Bytes bytes);

// What an authorization has counted, takes and counted, as it stands in its row. Replaces `out`.
void encode_spent(const core::Authorization& authorization, std::vector<std::byte>& out);
// Fills both in; opened_at is known. False when the bytes are not of this form.
[[nodiscard]] bool decode_spent(Bytes bytes, core::Authorization& authorization);

}  // namespace authd::store
