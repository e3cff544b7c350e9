// Records as bytes: what the journal remembers of one command.
//
// Payload (the header around it, with sequence, time, kind and version, is store/journal/layout.h):
//
//   rows:1, then for each row  key:text  value_size:2  value      the after-images
//   (store/format/rows.h) the command's fields                                          in the
//   order of core/request.h or the row opened the outcome's fields decision and hold, for a request
//
// The after-images stand first, so that recovery folds records into the state without understanding
// commands.
//
// Record kinds are numbers of the journal's header: 1 request, 2 account opened, 3 card issued.
// Versions: 1.

#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/apply.h"
#include "store/format/rows.h"

namespace authd::store {

enum class RecordKind : std::uint16_t { request = 1, account_opened = 2, card_issued = 3 };
inline constexpr std::uint16_t record_version = 1;

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
  std::array<RowImage, core::Changes::rows_max> images_;
  std::size_t size_ = 0;
};

// Replaces `payload` with the record of a command that changed something.
void encode_record(const core::Command& command, const core::Applied& applied,
                   std::vector<std::byte>& payload);

// The after-images alone; views into `payload`.
core::Result<RowImages, FormatError> decode_images(Bytes payload);

struct Record {
  core::Command command;
  core::Outcome outcome;
  std::vector<core::Row> rows;
};

// The whole record. `at` is the header's time: when the command was applied.
core::Result<Record, FormatError> decode_record(std::uint16_t kind, std::uint16_t version,
                                                core::Timestamp at, Bytes payload);

}  // namespace authd::store
