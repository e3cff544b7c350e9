// Spend controls and program policies as fields of rows and records.
//
//   list       varint: 2 × count + 1 if `except`; then the values: of an MCC range from:2 to:2, of
//              a currency its code, otherwise the text
//   filter     the four lists, the six enum sets, in the order of core/filter.h
//   window     period, zigzag of rolling_s, zone text
//   check      its CheckKind, then its fields in the order of core/control.h
//   control    zigzag of the id, varint of the version, mode, filter, check, varint of the counter
//   owner      its Level, then the program text, the zigzag of the account, or both texts of a card
//
// What is read is within the bounds of core::valid(), or the decoder fails.

#pragma once

#include "store/format/fields.h"

namespace authd::store {

void write(FieldWriter& out, const core::Owner& owner);
core::Owner read_owner(FieldReader& in);

void write(FieldWriter& out, const core::Control& control);
core::Control read_control(FieldReader& in);

// The fields of a Program that are not in its key, in the order of core/program.h; lists of MCC
// ranges with their count.
void write(FieldWriter& out, const core::Program& program);
void read(FieldReader& in, core::Program& program);

// The transitions of a zone: count, then of each the delta of its moment to the one before and the
// zigzag of its offset.
void write(FieldWriter& out, const core::TimeZone& zone);
void read(FieldReader& in, core::TimeZone& zone);

}  // namespace authd::store
