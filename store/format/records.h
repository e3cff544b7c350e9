// Records as bytes: what the journal remembers of one command that changed something.
//
// Payload (the header around it, with sequence, time, kind and version, is store/journal/layout.h):
//
//   rows:1, then of each row  key:text  value_size:2  value       the after-images (rows.h)
//   zigzags of exposure_minor and mirror_age_us, past_deadline:1  of a request: the circumstances
//   the command's fields                                          commands.h
//   the fields of the answer, the booking or what was moved       likewise; not of what sets up
//   the explanation's fields                                      of a request
//
// The after-images stand first, so that recovery folds records into the state without understanding
// commands. A record that sets something up is written only when that was done: its outcome needs
// no bytes, and where the only row is all that was set up, its command needs none either. Nor does
// that of a transfer, whose row is the last one.
//
// Version 3; 1 and 2 were never released and are refused.

#pragma once

#include <array>
#include <vector>

#include "core/apply.h"
#include "store/format/rows.h"

namespace authd::store {

// In the header of the journal's records: numbers are never reused.
enum class RecordKind : std::uint16_t {
  request = 1,
  account_opened = 2,
  card_issued = 3,
  event = 4,
  account_changed = 5,
  card_changed = 6,
  control_set = 7,
  control_removed = 8,
  program_configured = 9,
  zone_defined = 10,
  expiry = 11,
  abandoned = 12,
  transfer_begun = 13,
  transfer_advanced = 14,
  account_mirrored = 15,
  card_mirrored = 16,
  control_mirrored = 17,
  control_removal_mirrored = 18,
  mirror_marked = 19,
};
inline constexpr std::uint16_t record_kind_last = 19;
inline constexpr std::uint16_t record_version = 3;

RecordKind kind_of(const core::Command& command) noexcept;

// One changed row as it lies in a payload.
struct RowImage {
  std::string_view key;
  Bytes value;
};

// At most as many as one command changes.
class RowImages {
 public:
  void add(const RowImage& image) noexcept {
    AUTHD_ASSERT(size_ < images_.size());
    images_[size_++] = image;
  }
  bool full() const noexcept { return size_ == images_.size(); }
  const RowImage* begin() const noexcept { return images_.data(); }
  const RowImage* end() const noexcept { return images_.data() + size_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::array<RowImage, core::Applied::rows_max> images_;
  std::size_t size_ = 0;
};

// Replaces `payload` with the record of a command that changed something. Of one that did not: with
// bytes that are no record.
void encode_record(const core::Command& command, const core::Moment& moment,
                   const core::Applied& applied, std::vector<std::byte>& payload);

// The after-images alone; views into `payload`.
core::Result<RowImages, FormatError> decode_images(Bytes payload);

struct Record {
  core::Command command;
  core::Moment moment;
  core::Outcome outcome;
  core::Explanation explanation;
  std::vector<core::Row> rows;
};

// The whole record. `moment` has the header's time and sequence; what else was so is in the
// payload.
core::Result<Record, FormatError> decode_record(std::uint16_t kind, std::uint16_t version,
                                                core::Moment moment, Bytes payload);

// An explanation by itself, as it stands in a record, and back.
void encode_explanation(const core::Explanation& explanation, std::vector<std::byte>& out);
core::Result<core::Explanation, FormatError> decode_explanation(Bytes bytes);

}  // namespace authd::store
