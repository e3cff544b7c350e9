#include "authd/explain/search.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "store/replay/journal_files.h"

namespace authd::explain {

namespace {

using core::AuthorizationId;
using core::MessageId;
using core::ProgramId;
using core::Result;
using core::Unexpected;

// What leads to the records that are looked for.
struct Trail {
  ProgramId program;
  std::set<MessageId> ids;
  std::set<AuthorizationId> authorizations;
};

// Calls `visit(program, id)` for each message or notice that a record names.
template <class Visit>
void for_each_id(const store::Record& record, Visit visit) {
  if (const auto* const request = std::get_if<core::Request>(&record.command)) {
    visit(request->program, request->message);
    visit(request->program, request->authorization);
  }
  if (const auto* const event = std::get_if<core::Event>(&record.command)) {
    visit(event->program, event->notice);
    visit(event->program, event->authorization);
    visit(event->program, event->about);
  }
  if (const auto* const abandon = std::get_if<core::Abandon>(&record.command)) {
    visit(abandon->program, abandon->message);
  }
}

AuthorizationId authorization_of(const store::Record& record) noexcept {
  if (const auto* const answer = std::get_if<core::Answer>(&record.outcome)) {
    return answer->authorization;
  }
  const auto* const booking = std::get_if<core::Booking>(&record.outcome);
  return booking == nullptr ? AuthorizationId{} : booking->authorization;
}

bool belongs(const store::Record& record, const Trail& trail) {
  if (trail.authorizations.contains(authorization_of(record))) return true;
  bool named = false;
  for_each_id(record, [&](const ProgramId& program, const MessageId& id) {
    named = named || (program == trail.program && trail.ids.contains(id));
  });
  return named;
}

// The key under which an authorization was first heard of leads to requests that were declined
// before it began.
void follow(const store::Record& record, Trail& trail) {
  const AuthorizationId id = authorization_of(record);
  if (id != AuthorizationId{}) trail.authorizations.insert(id);
  for (const core::Row& row : record.rows) {
    const auto* const authorization = std::get_if<core::Authorization>(&row);
    if (authorization != nullptr) trail.ids.insert(authorization->key);
  }
}

void define(const store::Record& record, Definitions& definitions) {
  for (const core::Row& row : record.rows) {
    const auto* const set = std::get_if<core::ControlSet>(&row);
    if (set == nullptr) continue;
    for (const core::Control& control : set->controls) {
      definitions.insert_or_assign({control.id, control.version},
                                   core::SetControl{set->owner, control});
    }
  }
}

// Reads all records of the journal and calls `visit(record)` for those that `is_wanted(view)`.
template <class IsWanted, class Visit>
Result<void, SearchError> read(const store::JournalDirectory& directory, Found& found,
                               IsWanted is_wanted, Visit visit) {
  auto kept = store::open_kept(directory, std::nullopt);
  if (!kept) return Unexpected{SearchError{.journal = kept.error()}};
  found.first = found.next = kept->first;
  for (;;) {
    const auto next = kept->reader.next();
    if (!next) return Unexpected{SearchError{.journal = next.error()}};
    if (!*next) return {};
    const store::RecordView& view = **next;
    found.next = {view.sequence.value + 1};
    if (!is_wanted(view)) continue;
    auto record = store::decode(view);
    if (!record) {
      return Unexpected{SearchError{.format = record.error(), .sequence = view.sequence}};
    }
    visit(*std::move(record));
  }
}

bool contains(store::Bytes payload, std::string_view bytes) {
  return store::text_of(payload).find(bytes) != std::string_view::npos;
}

// What every record that belongs() holds one of, so that few have to be decoded: ids are texts, and
// outcomes name their authorization by a varint (store/format/commands.h).
std::vector<std::string> marks_of(const Trail& trail) {
  std::vector<std::string> marks;
  for (const MessageId& id : trail.ids) marks.emplace_back(id.view());
  for (const AuthorizationId id : trail.authorizations) {
    std::vector<std::byte> bytes;
    store::Encoder(bytes).varint(id.value);
    marks.emplace_back(store::text_of(bytes));
  }
  return marks;
}

}  // namespace

Result<Found, SearchError> search(const store::JournalDirectory& directory, const Wanted& wanted) {
  Found found;
  std::map<ProgramId, Trail> trails;
  const auto may_name_it = [&wanted](const store::RecordView& view) {
    return view.kind == static_cast<std::uint16_t>(store::RecordKind::control_set) ||
           contains(view.payload, wanted.id.view());
  };
  AUTHD_TRY_VOID(read(directory, found, may_name_it, [&](store::Record record) {
    define(record, found.definitions);
    for_each_id(record, [&](const ProgramId& program, const MessageId& id) {
      if (id != wanted.id || (wanted.program && *wanted.program != program)) return;
      Trail& trail = trails.try_emplace(program, Trail{program, {wanted.id}, {}}).first->second;
      follow(record, trail);
    });
  }));
  for (const auto& [program, trail] : trails) found.programs.push_back(program);
  if (trails.size() != 1) return found;

  const Trail& trail = trails.begin()->second;
  const auto may_belong = [marks = marks_of(trail)](const store::RecordView& view) {
    return std::any_of(marks.begin(), marks.end(),
                       [&view](const std::string& mark) { return contains(view.payload, mark); });
  };
  AUTHD_TRY_VOID(read(directory, found, may_belong, [&](store::Record record) {
    if (belongs(record, trail)) found.records.push_back(std::move(record));
  }));
  return found;
}

}  // namespace authd::explain
