// The fields of commands and of what came out of them, as records hold them.
//
// Fields stand in the order of their declarations (core/request.h, details.h, apply.h), amounts as
// zigzags, and:
//
//   details         mcc:2, id, name and country texts, currency, the enumerators
//   booking         origin, varint of the authorization, zigzag of the account, currency, the three
//                   sums, one byte of flags: 1 unasked, 2 over-captured, 4 late, 8 ghost, 16 below
//                   zero
//   answer          decision, varint of the authorization
//   explanation     varint of 1 + decided_by or 0, balance before, extra hold; count and findings
//   finding         varint of bits: 1, 2 the level; 4, 8, 16 the check; 32 has figures; 64 never
//                   resets; 128 shadow; 256 did not pass.
//                   delta of the control's id to the finding before, first to 0; varint of its
//                   version.
//                   with figures: limit, used, asked; and, unless it never resets, the delta of
//                   resets_at to the last one that was written, first to 0
//
//   moved           zigzags of the three changes
//
// An OpenAccount, IssueCard, ConfigureProgram, DefineZone, MirrorCard, MirrorMark, MoveMoney and
// AdvanceTransfer have no fields: the row that they made says all. Of a MirrorAccount it says all
// but posted_minor.

#pragma once

#include "core/apply.h"
#include "store/format/fields.h"

namespace authd::store {

void write(FieldWriter& out, const core::Request& request);
void write(FieldWriter& out, const core::Event& event);
void write(FieldWriter& out, const core::ChangeAccount& change);
void write(FieldWriter& out, const core::ChangeCard& change);
void write(FieldWriter& out, const core::SetControl& set);
void write(FieldWriter& out, const core::RemoveControl& remove);
void write(FieldWriter& out, const core::Abandon& abandon);
void write(FieldWriter& out, const core::MirrorControl& mirror);
void write(FieldWriter& out, const core::MirrorRemoval& removal);

core::Request read_request(FieldReader& in);
core::Event read_event(FieldReader& in);
core::ChangeAccount read_account_change(FieldReader& in);
core::ChangeCard read_card_change(FieldReader& in);
core::SetControl read_set_control(FieldReader& in);
core::RemoveControl read_remove_control(FieldReader& in);
core::Abandon read_abandon(FieldReader& in);
core::MirrorControl read_mirror_control(FieldReader& in);
core::MirrorRemoval read_mirror_removal(FieldReader& in);

void write(FieldWriter& out, const core::Answer& answer);
void write(FieldWriter& out, const core::Booking& booking);
void write(FieldWriter& out, const core::Moved& moved);
void write(FieldWriter& out, const core::Explanation& explanation);

// Only what was decided now, what was booked or is nothing, and what was done is ever recorded.
core::Answer read_answer(FieldReader& in, core::Timestamp decided_at);
core::Booking read_booking(FieldReader& in);
core::Moved read_moved(FieldReader& in, const core::Transfer& transfer);
core::Explanation read_explanation(FieldReader& in);

}  // namespace authd::store
